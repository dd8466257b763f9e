//! The little that has to be understood of machine code: where control goes, and which addresses arrive in the
//! registers that carry arguments.
//!
//! Both processors are lowered to the same [`Step`]s. For x86-64 the crate iced-x86 decodes; aarch64 has
//! instructions of one size and the dozen encodings that matter are decoded here, which is shorter than the glue
//! to a disassembler of everything.

mod aarch64;
mod x86_64;

use object::elf;

use crate::binary::Relocation;

/// A processor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Machine {
    /// 64-bit x86.
    X86_64,
    /// 64-bit ARM.
    Aarch64,
}

/// A register by the processor's own number.
pub type Register = u8;

/// The most registers that either processor has.
pub const REGISTERS: usize = 32;

/// Where a call or jump goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
    /// To this address.
    Direct(u64),
    /// To what is stored at this address.
    Slot(u64),
    /// To a register or a field: a virtual call, a callback.
    Unknown,
}

/// A place in the frame of the running function.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Slot {
    /// The register that it is relative to.
    pub base: Register,
    /// Bytes from there.
    pub offset: i64,
}

/// What one instruction does, as far as it matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// A register becomes a constant.
    Constant(Register, u64),
    /// A register becomes a copy.
    Copy(Register, Register),
    /// A register becomes another plus a constant.
    Add(Register, Register, i64),
    /// A register becomes what is stored at an address.
    Load(Register, u64),
    /// A register becomes what is stored at another plus a constant.
    LoadFrom(Register, Register, i64),
    /// A register is put into the frame.
    Save(Slot, Register),
    /// A register comes from the frame.
    Restore(Register, Slot),
    /// An address is mentioned that goes to no register.
    Mention(u64),
    /// A register becomes something unknown.
    Clobber(Register),
    /// A call.
    Call(Target),
    /// A jump that never falls through.
    Jump(Target),
    /// A jump that may fall through.
    Branch(u64),
    /// A return, or another end.
    End,
}

/// An instruction's address and what it does; an instruction may have two steps.
pub type Located = (u64, Step);

impl Machine {
    /// Lowers the code at `address`. Bytes that are no instruction become nothing.
    pub fn steps(self, address: u64, code: &[u8], each: &mut dyn FnMut(Located)) {
        match self {
            Machine::X86_64 => x86_64::steps(address, code, each),
            Machine::Aarch64 => aarch64::steps(address, code, each),
        }
    }

    /// The registers of the first integer arguments, in order (System V AMD64 ABI 3.2.3, AAPCS64 6.8.2).
    pub fn arguments(self) -> &'static [Register] {
        match self {
            Machine::X86_64 => &[7, 6, 2, 1, 8, 9], // rdi rsi rdx rcx r8 r9
            Machine::Aarch64 => &[0, 1, 2, 3, 4, 5, 6, 7],
        }
    }

    /// The register of a result.
    pub fn result(self) -> Register {
        0 // rax, x0
    }

    /// Whether a called function leaves the register as it was.
    pub fn survives_calls(self, register: Register) -> bool {
        match self {
            Machine::X86_64 => matches!(register, 3..=5 | 12..=15), // rbx rsp rbp r12-r15
            Machine::Aarch64 => (19..=31).contains(&register),
        }
    }

    /// What a relocation type means.
    pub fn relocation(self, kind: elf::RelocationType) -> Relocation {
        match (self, kind) {
            (Machine::X86_64, elf::R_X86_64_RELATIVE) | (Machine::Aarch64, elf::R_AARCH64_RELATIVE) => {
                Relocation::Relative
            }
            (Machine::X86_64, elf::R_X86_64_GLOB_DAT | elf::R_X86_64_JUMP_SLOT | elf::R_X86_64_64)
            | (Machine::Aarch64, elf::R_AARCH64_GLOB_DAT | elf::R_AARCH64_JUMP_SLOT | elf::R_AARCH64_ABS64) => {
                Relocation::Symbol
            }
            _ => Relocation::Other,
        }
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Machine::X86_64 => "x86-64",
            Machine::Aarch64 => "aarch64",
        }
    }
}
