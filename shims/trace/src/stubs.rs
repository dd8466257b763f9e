//! Machine code that counts a call and jumps on: it touches no register, no stack and no argument, so it fits every
//! function, known or not.
//!
//! One mapping for each module: code, then the functions' addresses, then the counters.

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

const STUB_BYTES: usize = 32;
const WORD: usize = 8;
const PAGE: usize = 4096;

/// The stubs of one module. They stay for as long as the process: the module may be called until its very end.
pub(crate) struct Stubs {
    code: *mut u8,
    counters: *const AtomicU64,
}

// SAFETY: the code is never written after it was made, and the counters are atomic.
unsafe impl Send for Stubs {}

impl Stubs {
    /// One stub for each of the functions at `targets`. With a record (its file and its header) the counters are in
    /// the file.
    ///
    /// # Errors
    /// The file cannot be written, or this process may not make code: some hardened systems forbid it.
    pub(crate) fn new(targets: &[usize], record: Option<(&Path, &[u8])>) -> io::Result<Stubs> {
        let code_bytes = (targets.len() * STUB_BYTES).next_multiple_of(PAGE);
        let words_bytes = (targets.len() * WORD).next_multiple_of(PAGE);
        let read_write = libc::PROT_READ | libc::PROT_WRITE;
        let code = map(ptr::null_mut(), code_bytes + 2 * words_bytes, read_write, None)?;
        // SAFETY: within the mapping.
        let (addresses, counters) = unsafe { (code.add(code_bytes), code.add(code_bytes + words_bytes)) };
        if let Some((path, header)) = record {
            let mut file = File::options().read(true).write(true).create_new(true).open(path)?;
            file.write_all(header)?;
            file.set_len((header.len() + words_bytes) as u64)?;
            map(counters, words_bytes, read_write, Some((&file, header.len())))?;
        }
        for (index, &target) in targets.iter().enumerate() {
            // SAFETY: all three are within the mapping, which is still writable and this thread's alone.
            unsafe {
                let stub = code.add(index * STUB_BYTES);
                let address = addresses.add(index * WORD);
                ptr::copy_nonoverlapping(target.to_ne_bytes().as_ptr(), address, WORD);
                write_stub(stub, counters.add(index * WORD), address);
            }
        }
        protect(code, code_bytes, libc::PROT_READ | libc::PROT_EXEC)?;
        protect(addresses, words_bytes, libc::PROT_READ)?;
        Ok(Stubs { code, counters: counters.cast_const().cast() })
    }

    /// The address of a stub.
    pub(crate) fn address(&self, index: usize) -> usize {
        self.code as usize + index * STUB_BYTES
    }

    /// How often a stub was called.
    pub(crate) fn calls(&self, index: usize) -> u64 {
        // SAFETY: `index` is below the number of targets, by the caller, and the mapping stays.
        unsafe { (*self.counters.add(index)).load(Ordering::Relaxed) }
    }
}

/// `endbr64; lock inc qword [counter]; jmp qword [address]`, both relative to the instruction that follows.
///
/// # Safety
/// `stub` is writable for its size, and both others are within 2 GiB of it.
unsafe fn write_stub(stub: *mut u8, counter: *const u8, address: *const u8) {
    let relative =
        |from: usize, to: *const u8| ((to as usize).wrapping_sub(stub as usize + from) as i32).to_le_bytes();
    let mut code = [0xcc_u8; STUB_BYTES];
    code[..4].copy_from_slice(&[0xf3, 0x0f, 0x1e, 0xfa]);
    code[4..8].copy_from_slice(&[0xf0, 0x48, 0xff, 0x05]);
    code[8..12].copy_from_slice(&relative(12, counter));
    code[12..14].copy_from_slice(&[0xff, 0x25]);
    code[14..18].copy_from_slice(&relative(18, address));
    // SAFETY: this function's contract.
    unsafe { ptr::copy_nonoverlapping(code.as_ptr(), stub, STUB_BYTES) };
}

/// Maps memory, or a part of a file over memory that was mapped before.
fn map(at: *mut u8, length: usize, protection: c_int, file: Option<(&File, usize)>) -> io::Result<*mut u8> {
    let (flags, descriptor, offset) = match file {
        Some((file, offset)) => (libc::MAP_SHARED | libc::MAP_FIXED, file.as_raw_fd(), offset),
        None => (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0),
    };
    // SAFETY: new memory, or a part of our own mapping that nobody uses yet.
    let mapped = unsafe { libc::mmap(at.cast(), length, protection, flags, descriptor, offset as i64) };
    if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(mapped.cast()) }
}

fn protect(at: *mut u8, length: usize, protection: c_int) -> io::Result<()> {
    // SAFETY: a part of our own mapping.
    match unsafe { libc::mprotect(at.cast::<c_void>(), length, protection) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
