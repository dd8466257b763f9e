//! aarch64: the encodings by which control and addresses move (Arm Architecture Reference Manual, C4.1).

use super::{Located, Register, Slot, Step, Target};

/// The register number that stands for the stack pointer where an address is formed.
const STACK: Register = 31;

pub(super) fn steps(address: u64, code: &[u8], each: &mut dyn FnMut(Located)) {
    for (index, word) in code.as_chunks::<4>().0.iter().enumerate() {
        let at = address + index as u64 * 4;
        lower(at, u32::from_le_bytes(*word), &mut |step| each((at, step)));
    }
}

fn lower(at: u64, word: u32, each: &mut dyn FnMut(Step)) {
    let relative = |offset: i64| at.wrapping_add_signed(offset);
    let into = register(word, 0);
    let from = register(word, 5);
    match word {
        _ if masked(word, 0xfc00_0000, 0x9400_0000) => {
            each(Step::Call(Target::Direct(relative(signed(word, 0, 26) * 4)))); // bl
        }
        _ if masked(word, 0xfc00_0000, 0x1400_0000) => {
            each(Step::Jump(Target::Direct(relative(signed(word, 0, 26) * 4)))); // b
        }
        _ if masked(word, 0xffff_fc1f, 0xd63f_0000) => each(Step::Call(Target::Unknown)), // blr
        _ if masked(word, 0xffff_fc1f, 0xd61f_0000) => each(Step::Jump(Target::Unknown)), // br
        _ if masked(word, 0xffff_fc1f, 0xd65f_0000) => each(Step::End),                   // ret
        _ if masked(word, 0xffe0_001f, 0xd420_0000) => each(Step::End),                   // brk
        _ if masked(word, 0xff00_0010, 0x5400_0000) || masked(word, 0x7e00_0000, 0x3400_0000) => {
            each(Step::Branch(relative(signed(word, 5, 19) * 4))); // b.cond, cbz, cbnz
        }
        _ if masked(word, 0x7e00_0000, 0x3600_0000) => {
            each(Step::Branch(relative(signed(word, 5, 14) * 4))); // tbz, tbnz
        }
        _ if masked(word, 0x9f00_0000, 0x9000_0000) => {
            let page = (signed(word, 5, 19) << 2 | i64::from(word >> 29 & 3)) << 12; // adrp
            each(Step::Constant(into, (at & !0xfff).wrapping_add_signed(page)));
        }
        _ if masked(word, 0x9f00_0000, 0x1000_0000) => {
            each(Step::Constant(into, relative(signed(word, 5, 19) << 2 | i64::from(word >> 29 & 3)))); // adr
        }
        _ if masked(word, 0xff80_0000, 0x9100_0000) => {
            let shift = if word & 1 << 22 == 0 { 0 } else { 12 }; // add, immediate
            each(Step::Add(into, from, i64::from(word >> 10 & 0xfff) << shift));
        }
        _ if masked(word, 0xffe0_ffe0, 0xaa00_03e0) => {
            let source = register(word, 16); // mov, register
            each(if source == STACK { Step::Constant(into, 0) } else { Step::Copy(into, source) });
        }
        _ if masked(word, 0x7f80_0000, 0x5280_0000) => {
            each(Step::Constant(into, u64::from(word >> 5 & 0xffff) << (16 * (word >> 21 & 3)))); // movz
        }
        _ if masked(word, 0xffc0_0000, 0xf940_0000) => {
            let offset = i64::from(word >> 10 & 0xfff) * 8; // ldr, unsigned offset
            each(if from == STACK || from == 29 {
                Step::Restore(into, Slot { base: from, offset })
            } else {
                Step::LoadFrom(into, from, offset)
            });
        }
        _ if masked(word, 0xffc0_0000, 0xf900_0000) => {
            let offset = i64::from(word >> 10 & 0xfff) * 8; // str, unsigned offset
            if from == STACK || from == 29 {
                each(Step::Save(Slot { base: from, offset }, into));
            }
        }
        _ if masked(word, 0x7fc0_0000, 0x2940_0000) || masked(word, 0x7ec0_0000, 0x28c0_0000) => {
            each(Step::Clobber(into)); // ldp
            each(Step::Clobber(register(word, 10)));
        }
        _ if writes_general_register(word) => each(Step::Clobber(into)),
        _ => {}
    }
}

/// Data processing and loads put their result into the register of the lowest five bits.
fn writes_general_register(word: u32) -> bool {
    let group = word >> 25 & 0xf;
    let data_processing = matches!(group, 0b1000 | 0b1001 | 0b0101 | 0b1101);
    let load = matches!(group, 0b0100 | 0b1100) && word & 0x0040_0000 != 0 && word & 1 << 26 == 0;
    data_processing || load
}

fn masked(word: u32, mask: u32, value: u32) -> bool {
    word & mask == value
}

fn register(word: u32, at: u32) -> Register {
    (word >> at & 31) as Register
}

/// The signed number in `width` bits from bit `at`.
fn signed(word: u32, at: u32, width: u32) -> i64 {
    let raw = i64::from(word >> at & ((1 << width) - 1));
    (raw << (64 - width)) >> (64 - width)
}
