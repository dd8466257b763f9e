//! The loaded objects (program and libraries) and the slots in which they keep imported addresses, as the loader
//! has them in memory: it has checked the files, which may be stripped or gone.
//!
//! Source of the layout: the ELF specification and its x86-64 supplement.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

const DT_PLTRELSZ: i64 = 2;
const DT_STRTAB: i64 = 5;
const DT_SYMTAB: i64 = 6;
const DT_RELA: i64 = 7;
const DT_RELASZ: i64 = 8;
const DT_JMPREL: i64 = 23;
/// The section of a symbol that another object defines.
const SHN_UNDEF: u16 = 0;
/// An address as data, such as a function pointer in a table.
const R_X86_64_64: u32 = 1;
/// An address that code loads: `-fno-plt`, or Rust.
const R_X86_64_GLOB_DAT: u32 = 6;
/// An address that a PLT entry jumps to, bound at once or at the first call.
const R_X86_64_JUMP_SLOT: u32 = 7;

#[repr(C)]
struct Dynamic {
    tag: i64,
    value: u64,
}

#[repr(C)]
struct Relocation {
    offset: u64,
    info: u64,
    addend: i64,
}

/// A loaded object, during the callback that it was handed to.
pub(crate) struct Object<'a> {
    /// Its path; empty for the program.
    pub(crate) path: &'a CStr,
    base: usize,
    headers: &'a [libc::Elf64_Phdr],
}

/// Where an object keeps the address of an imported name.
#[derive(Clone, Copy)]
pub(crate) struct Slot<'a> {
    pub(crate) name: &'a CStr,
    address: *mut usize,
    is_read_only: bool,
}

/// Calls `visit` for every loaded object. The loader's lock is held: no object comes or goes meanwhile, and
/// `visit` must not call the loader.
pub(crate) fn each(mut visit: impl FnMut(&Object<'_>)) {
    unsafe extern "C" fn call<F: FnMut(&Object<'_>)>(
        info: *mut libc::dl_phdr_info,
        _size: usize,
        data: *mut c_void,
    ) -> c_int {
        // SAFETY: the loader hands over what it keeps of a loaded object; `data` is the closure below.
        unsafe {
            let info = &*info;
            let path = if info.dlpi_name.is_null() { c"" } else { CStr::from_ptr(info.dlpi_name) };
            let headers = std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum));
            (*data.cast::<F>())(&Object { path, base: info.dlpi_addr as usize, headers });
        }
        0
    }
    fn visitor<F: FnMut(&Object<'_>)>(
        _: &F,
    ) -> unsafe extern "C" fn(*mut libc::dl_phdr_info, usize, *mut c_void) -> c_int {
        call::<F>
    }
    let callback = visitor(&visit);
    // SAFETY: the callback has the type of the closure that it is handed, which lives during the call.
    unsafe { libc::dl_iterate_phdr(Some(callback), (&raw mut visit).cast()) };
}

impl<'a> Object<'a> {
    /// Whether the object holds this address.
    pub(crate) fn contains(&self, address: usize) -> bool {
        let loaded = self.headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
        loaded.map(|header| self.range(header)).any(|range| range.contains(&address))
    }

    fn range(&self, header: &libc::Elf64_Phdr) -> std::ops::Range<usize> {
        let start = self.base + header.p_vaddr as usize;
        start..start + header.p_memsz as usize
    }

    /// The slots of imported names that `wanted` accepts.
    pub(crate) fn slots(&self, wanted: impl Fn(&CStr) -> bool) -> Vec<Slot<'a>> {
        let read_only: Vec<_> = self
            .headers
            .iter()
            .filter(|header| header.p_type == libc::PT_GNU_RELRO)
            .map(|header| self.range(header))
            .collect();
        let (Some(symbols), Some(strings)) = (self.pointer(DT_SYMTAB), self.pointer(DT_STRTAB)) else {
            return Vec::new();
        };
        let mut slots = Vec::new();
        for (table, size) in [(DT_RELA, DT_RELASZ), (DT_JMPREL, DT_PLTRELSZ)] {
            let (Some(table), Some(bytes)) = (self.pointer(table), self.value(size)) else { continue };
            let count = bytes as usize / size_of::<Relocation>();
            // SAFETY: the loader has applied this table; it stays mapped while the object is loaded.
            let relocations = unsafe { std::slice::from_raw_parts(table as *const Relocation, count) };
            for relocation in relocations {
                let (symbol, kind) = ((relocation.info >> 32) as usize, relocation.info as u32);
                let is_whole_address = match kind {
                    R_X86_64_GLOB_DAT | R_X86_64_JUMP_SLOT => true,
                    R_X86_64_64 => relocation.addend == 0,
                    _ => false,
                };
                if !is_whole_address || symbol == 0 {
                    continue;
                }
                // SAFETY: the relocation names a symbol of the object's table, whose name is in its strings.
                let (name, is_defined) = unsafe {
                    let symbol = &*(symbols as *const libc::Elf64_Sym).add(symbol);
                    let name = CStr::from_ptr((strings + symbol.st_name as usize) as *const _);
                    (name, symbol.st_shndx != SHN_UNDEF)
                };
                // A module may hold the address of its own napi_register_module_v1.
                if !is_defined && wanted(name) {
                    let address = self.base + relocation.offset as usize;
                    let is_read_only = read_only.iter().any(|range| range.contains(&address));
                    slots.push(Slot { name, address: address as *mut usize, is_read_only });
                }
            }
        }
        slots
    }

    /// An address of the dynamic section; glibc has added the base to it, other loaders leave it as it is.
    fn pointer(&self, tag: i64) -> Option<usize> {
        let value = self.value(tag)? as usize;
        Some(if value < self.base { value + self.base } else { value })
    }

    fn value(&self, tag: i64) -> Option<u64> {
        let header = self.headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC)?;
        let mut entry = (self.base + header.p_vaddr as usize) as *const Dynamic;
        loop {
            // SAFETY: the loader has read this section up to its end, which has the tag 0.
            let Dynamic { tag: found, value } = unsafe { ptr::read(entry) };
            match found {
                0 => return None,
                found if found == tag => return Some(value),
                // SAFETY: as above.
                _ => entry = unsafe { entry.add(1) },
            }
        }
    }
}

impl Slot<'_> {
    /// Lets the name lead to another address.
    ///
    /// # Errors
    /// The memory cannot be made writable.
    pub(crate) fn point_to(self, target: usize) -> Result<(), std::io::Error> {
        // SAFETY: the slot is an aligned word of a loaded object, which other threads only read.
        let slot = unsafe { std::sync::atomic::AtomicUsize::from_ptr(self.address) };
        if slot.load(std::sync::atomic::Ordering::Relaxed) == target {
            return Ok(());
        }
        if self.is_read_only {
            self.protect(libc::PROT_READ | libc::PROT_WRITE)?;
        }
        slot.store(target, std::sync::atomic::Ordering::Relaxed);
        if self.is_read_only {
            self.protect(libc::PROT_READ)?;
        }
        Ok(())
    }

    fn protect(self, protection: c_int) -> Result<(), std::io::Error> {
        // SAFETY: asks for a constant of the system.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
        let start = (self.address as usize) & !(page - 1);
        // SAFETY: the page belongs to the object's data; it stays readable throughout.
        match unsafe { libc::mprotect(start as *mut c_void, page, protection) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    }
}
