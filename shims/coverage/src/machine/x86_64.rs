//! x86-64, decoded by iced-x86.

use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, MemorySize, Mnemonic,
    OpAccess, OpKind, Register as Name,
};

use super::{Located, Register, Slot, Step, Target};

pub(super) fn steps(address: u64, code: &[u8], each: &mut dyn FnMut(Located)) {
    let mut decoder = Decoder::with_ip(64, code, address, DecoderOptions::NONE);
    let mut effects = InstructionInfoFactory::new();
    let mut instruction = Instruction::default();
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        if !instruction.is_invalid() {
            lower(&instruction, &mut effects, &mut |step| each((instruction.ip(), step)));
        }
    }
}

fn lower(instruction: &Instruction, effects: &mut InstructionInfoFactory, each: &mut dyn FnMut(Step)) {
    match instruction.flow_control() {
        FlowControl::Call | FlowControl::IndirectCall => return each(Step::Call(target(instruction))),
        FlowControl::UnconditionalBranch | FlowControl::IndirectBranch => {
            return each(Step::Jump(target(instruction)));
        }
        FlowControl::ConditionalBranch => return each(Step::Branch(instruction.near_branch_target())),
        FlowControl::Return | FlowControl::Exception | FlowControl::Interrupt => return each(Step::End),
        FlowControl::Next | FlowControl::XbeginXabortXend => {}
    }
    if let Some(step) = moved(instruction) {
        return each(step);
    }
    if let Some(address) = mentioned(instruction) {
        each(Step::Mention(address));
    }
    for used in effects.info(instruction).used_registers() {
        if !matches!(used.access(), OpAccess::Read | OpAccess::CondRead | OpAccess::None)
            && let Some(register) = number(used.register())
        {
            each(Step::Clobber(register));
        }
    }
}

fn target(instruction: &Instruction) -> Target {
    match instruction.op0_kind() {
        OpKind::NearBranch64 => Target::Direct(instruction.near_branch_target()),
        OpKind::Memory => absolute(instruction).map_or(Target::Unknown, Target::Slot),
        _ => Target::Unknown,
    }
}

/// Moves of whole words, the only instructions by which addresses travel.
fn moved(instruction: &Instruction) -> Option<Step> {
    let into = (instruction.op0_kind() == OpKind::Register).then(|| number(instruction.op0_register()))?;
    let from_register =
        (instruction.op1_kind() == OpKind::Register).then(|| number(instruction.op1_register())).flatten();
    match (instruction.mnemonic(), into) {
        (Mnemonic::Mov, Some(into)) => match instruction.op1_kind() {
            OpKind::Register => Some(from_register.map_or(Step::Clobber(into), |from| {
                if instruction.op0_register().size() == 8 {
                    Step::Copy(into, from)
                } else {
                    Step::Clobber(into)
                }
            })),
            OpKind::Memory if instruction.memory_size() == MemorySize::UInt64 => {
                Some(match (absolute(instruction), slot(instruction)) {
                    (Some(address), _) => Step::Load(into, address),
                    (None, Some(slot)) => Step::Restore(into, slot),
                    (None, None) => Step::Clobber(into),
                })
            }
            OpKind::Memory => Some(Step::Clobber(into)),
            _ => Some(Step::Constant(into, instruction.immediate(1))),
        },
        (Mnemonic::Lea, Some(into)) => Some(match absolute(instruction) {
            Some(address) => Step::Constant(into, address),
            None => match (number(instruction.memory_base()), instruction.memory_index()) {
                (Some(base), Name::None) => Step::Add(into, base, instruction.memory_displacement64() as i64),
                _ => Step::Clobber(into),
            },
        }),
        (Mnemonic::Xor, Some(into)) if from_register == Some(into) => Some(Step::Constant(into, 0)),
        (Mnemonic::Add, Some(into)) if is_immediate(instruction.op1_kind()) => {
            Some(Step::Add(into, into, instruction.immediate(1) as i64))
        }
        _ => None,
    }
    .or_else(|| saved(instruction))
}

fn saved(instruction: &Instruction) -> Option<Step> {
    if instruction.mnemonic() != Mnemonic::Mov
        || instruction.op0_kind() != OpKind::Memory
        || instruction.op1_kind() != OpKind::Register
        || instruction.memory_size() != MemorySize::UInt64
    {
        return None;
    }
    Some(Step::Save(slot(instruction)?, number(instruction.op1_register())?))
}

/// An address that is stored or compared without passing through a register.
fn mentioned(instruction: &Instruction) -> Option<u64> {
    let immediate = (0..instruction.op_count()).find(|index| is_immediate(instruction.op_kind(*index)));
    immediate.map(|index| instruction.immediate(index)).or_else(|| absolute(instruction))
}

fn is_immediate(kind: OpKind) -> bool {
    matches!(
        kind,
        OpKind::Immediate8
            | OpKind::Immediate16
            | OpKind::Immediate32
            | OpKind::Immediate64
            | OpKind::Immediate8to64
            | OpKind::Immediate32to64
            | OpKind::Immediate8to32
    )
}

/// The operand's address where no register takes part: relative to the instruction, or absolute.
fn absolute(instruction: &Instruction) -> Option<u64> {
    if instruction.op_kind(0) != OpKind::Memory && instruction.op_kind(1) != OpKind::Memory {
        return None;
    }
    let plain = instruction.memory_index() == Name::None && instruction.segment_prefix() == Name::None;
    (plain && matches!(instruction.memory_base(), Name::RIP | Name::None))
        .then(|| instruction.memory_displacement64())
}

fn slot(instruction: &Instruction) -> Option<Slot> {
    let base = instruction.memory_base();
    (matches!(base, Name::RSP | Name::RBP) && instruction.memory_index() == Name::None)
        .then(|| Some(Slot { base: number(base)?, offset: instruction.memory_displacement64() as i64 }))
        .flatten()
}

/// The number of a general register, of whatever width.
fn number(register: Name) -> Option<Register> {
    register.is_gpr().then(|| register.full_register().number() as Register)
}
