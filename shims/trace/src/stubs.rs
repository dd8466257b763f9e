//! Machine code that counts a call and jumps on: it touches no register, no stack and no argument, so it fits every
//! function, known or not.
//!
//! One mapping for each module: code, then the functions' addresses, then the counters. And a stub before `dlsym`,
//! for modules that look Node-API up themselves.

use std::ffi::{c_char, c_int, c_void};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

const STUB_BYTES: usize = 32;
const WORD: usize = 8;
const PAGE: usize = 4096;

/// The stubs of one module. They stay for as long as the process: the module may be called until its very end.
pub(crate) struct Stubs {
    code: *mut u8,
    addresses: *const AtomicUsize,
    counters: *const AtomicU64,
    record: Option<File>,
}

// SAFETY: the code is never written after it was made, and the counters are atomic.
unsafe impl Send for Stubs {}

impl Stubs {
    /// Stubs for `capacity` functions that [`Stubs::set`] names. With a record (its file and its header) the counters
    /// are in the file.
    ///
    /// # Errors
    /// The file cannot be written, or this process may not make code: some hardened systems forbid it.
    pub(crate) fn new(capacity: usize, record: Option<(&Path, &[u8])>) -> io::Result<Stubs> {
        let code_bytes = (capacity * STUB_BYTES).next_multiple_of(PAGE);
        let words_bytes = (capacity * WORD).next_multiple_of(PAGE);
        let read_write = libc::PROT_READ | libc::PROT_WRITE;
        let code = map(ptr::null_mut(), code_bytes + 2 * words_bytes, read_write, None)?;
        // SAFETY: within the mapping.
        let (addresses, counters) = unsafe { (code.add(code_bytes), code.add(code_bytes + words_bytes)) };
        let record = match record {
            Some((path, header)) => {
                let file = File::options().read(true).write(true).create_new(true).open(path)?;
                file.write_all_at(header, 0)?;
                file.set_len((header.len() + words_bytes) as u64)?;
                map(counters, words_bytes, read_write, Some((&file, header.len())))?;
                Some(file)
            }
            None => None,
        };
        for index in 0..capacity {
            // SAFETY: all three are within the mapping, which is still writable and this thread's alone.
            unsafe {
                let stub = code.add(index * STUB_BYTES);
                let address = addresses.add(index * WORD);
                write_stub(stub, counters.add(index * WORD), address);
            }
        }
        protect(code, code_bytes, libc::PROT_READ | libc::PROT_EXEC)?;
        let (addresses, counters) = (addresses.cast_const().cast(), counters.cast_const().cast());
        Ok(Stubs { code, addresses, counters, record })
    }

    /// Lets a stub lead to a function.
    pub(crate) fn set(&self, index: usize, target: usize) {
        // SAFETY: `index` is below the capacity, by the caller, and the mapping stays.
        unsafe { (*self.addresses.add(index)).store(target, Ordering::Release) };
    }

    /// Writes the record's header again, with the length that it had.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn rename(&self, header: &[u8]) -> io::Result<()> {
        self.record.as_ref().map_or(Ok(()), |file| file.write_all_at(header, 0))
    }

    /// The address of a stub.
    pub(crate) fn address(&self, index: usize) -> usize {
        self.code as usize + index * STUB_BYTES
    }

    /// How often a stub was called.
    pub(crate) fn calls(&self, index: usize) -> u64 {
        // SAFETY: as in `set`.
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

/// Answers a lookup: the address, or 0 to let the real `dlsym` answer.
pub(crate) type Answer = unsafe extern "C" fn(*mut c_void, *const c_char, usize) -> usize;

/// What a module calls instead of `dlsym`: `answer` with the module's number behind the arguments, then, if it has
/// none, the real one with the module as its caller, which it asks the return address for.
///
/// # Errors
/// This process may not make code.
pub(crate) fn lookup(module: usize, answer: Answer, dlsym: usize) -> io::Result<usize> {
    let mut code = vec![0xf3, 0x0f, 0x1e, 0xfa]; // endbr64
    code.extend([0x57, 0x56, 0x48, 0x83, 0xec, 0x08]); // push rdi; push rsi; sub rsp, 8
    code.extend([0x48, 0xba]); // mov rdx, module
    code.extend(module.to_le_bytes());
    code.extend([0x48, 0xb8]); // mov rax, answer
    code.extend((answer as usize).to_le_bytes());
    code.extend([0xff, 0xd0]); // call rax
    code.extend([0x48, 0x83, 0xc4, 0x08, 0x5e, 0x5f]); // add rsp, 8; pop rsi; pop rdi
    code.extend([0x48, 0x85, 0xc0, 0x74, 0x01, 0xc3]); // test rax, rax; jz over the next; ret
    code.extend([0x48, 0xb8]); // mov rax, dlsym
    code.extend(dlsym.to_le_bytes());
    code.extend([0xff, 0xe0]); // jmp rax
    let page = map(ptr::null_mut(), PAGE, libc::PROT_READ | libc::PROT_WRITE, None)?;
    // SAFETY: the code is shorter than the page, which is this thread's alone.
    unsafe { ptr::copy_nonoverlapping(code.as_ptr(), page, code.len()) };
    protect(page, PAGE, libc::PROT_READ | libc::PROT_EXEC)?;
    Ok(page as usize)
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
