//! An ELF file as the loader would see it: bytes by address, functions, the words that relocations fill.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use object::elf;
use object::read::elf::{ElfFile64, FileHeader as _, Rela as _, SectionHeader as _, Sym as _};
use object::{Endianness, Object as _, ObjectSection as _, ObjectSegment as _};

use super::BinaryError;
use crate::machine::Machine;

/// A function of the symbol table.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Where its code starts.
    pub address: u64,
    /// Bytes of code.
    pub size: u64,
    /// The linker's name.
    pub mangled: String,
    /// The translation unit that the symbol table names for a local symbol, such as `node_file.cc`.
    pub unit: Option<u32>,
}

/// A readable ELF file.
pub struct Image {
    /// The processor.
    pub machine: Machine,
    /// Functions by address; where several names share an address, the first in the table's order.
    pub functions: Vec<Symbol>,
    /// Data symbols: address → (size, mangled name).
    pub objects: BTreeMap<u64, (u64, String)>,
    /// Static data inside functions: the linker's name, and the unit that has it.
    pub statics: Vec<(String, u32)>,
    /// Names of translation units that [`Symbol::unit`] indexes.
    pub units: Vec<String>,
    segments: Vec<(u64, Vec<u8>)>,
    stubs: Vec<(u64, Vec<u8>)>,
    /// What the loader writes: address → address, for position-independent programs.
    relative: HashMap<u64, u64>,
    /// Words that the loader fills with an imported symbol.
    imports: HashMap<u64, String>,
}

impl Image {
    /// Reads the headers, the symbol table and the relocations of `bytes`; `path` is for errors.
    ///
    /// # Errors
    /// Everything in [`BinaryError`] but `Open`.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Image, BinaryError> {
        let damaged =
            |what: String| BinaryError::Damaged { path: path.to_path_buf(), what: what.to_lowercase() };
        let machine = machine_of(path, bytes)?;
        let file = ElfFile64::<Endianness>::parse(bytes).map_err(|error| damaged(error.to_string()))?;
        let mut image = Image {
            machine,
            functions: Vec::new(),
            objects: BTreeMap::new(),
            statics: Vec::new(),
            units: Vec::new(),
            segments: Vec::new(),
            stubs: Vec::new(),
            relative: HashMap::new(),
            imports: HashMap::new(),
        };
        for segment in file.segments() {
            let data = segment.data().map_err(|error| damaged(format!("a segment: {error}")))?;
            image.segments.push((segment.address(), data.to_vec()));
        }
        image.segments.sort_by_key(|(address, _)| *address);
        for section in file.sections() {
            let name = section.name().map_err(|error| damaged(format!("a section's name: {error}")))?;
            if name.starts_with(".plt") {
                let data = section.data().map_err(|error| damaged(format!("{name}: {error}")))?;
                image.stubs.push((section.address(), data.to_vec()));
            }
        }
        image.read_relocations(&file, bytes).map_err(damaged)?;
        let found = image.read_symbols(&file).map_err(damaged)?;
        if !found {
            return Err(BinaryError::Stripped { path: path.to_path_buf() });
        }
        Ok(image)
    }

    /// Reads `.symtab`; whether there is one.
    fn read_symbols(&mut self, file: &ElfFile64<'_, Endianness>) -> Result<bool, String> {
        let table = file.elf_symbol_table();
        if table.is_empty() {
            return Ok(false);
        }
        let endian = file.endian();
        let mut unit = None;
        for symbol in table.iter() {
            let kind = symbol.st_type();
            if !matches!(kind, elf::STT_FUNC | elf::STT_OBJECT | elf::STT_FILE | elf::STT_GNU_IFUNC) {
                continue;
            }
            let name = table
                .symbol_name(endian, symbol)
                .map_err(|error| format!("the symbol table: {error}, so the table is cut off"))?;
            let name = String::from_utf8_lossy(name).into_owned();
            let (address, size) = (symbol.st_value(endian), symbol.st_size(endian));
            let local = symbol.st_bind() == elf::STB_LOCAL;
            match kind {
                elf::STT_FILE => {
                    self.units.push(name);
                    unit = Some(self.units.len() as u32 - 1);
                }
                elf::STT_OBJECT if address != 0 => {
                    if let Some(unit) = unit.filter(|_| local && name.starts_with("_ZZ")) {
                        self.statics.push((name.clone(), unit));
                    }
                    self.objects.entry(address).or_insert((size, name));
                }
                _ if address != 0 && size != 0 && !symbol.is_undefined(endian) => {
                    self.functions.push(Symbol {
                        address,
                        size,
                        mangled: name,
                        unit: unit.filter(|_| local),
                    });
                }
                _ => {}
            }
        }
        self.functions.sort_by_key(|function| function.address);
        self.functions.dedup_by(|later, first| {
            // Constructors have two names for one body, and identical bodies may have been folded.
            let same = later.address == first.address;
            if same && first.unit.is_none() {
                first.unit = later.unit;
            }
            same
        });
        Ok(true)
    }

    fn read_relocations(&mut self, file: &ElfFile64<'_, Endianness>, bytes: &[u8]) -> Result<(), String> {
        let endian = file.endian();
        let sections = file.elf_section_table();
        let dynamic = file.elf_dynamic_symbol_table();
        for section in sections.iter() {
            let Some((relocations, _)) =
                section.rela(endian, bytes).map_err(|error| format!("relocations: {error}"))?
            else {
                continue;
            };
            for relocation in relocations {
                let slot = relocation.r_offset(endian);
                match self.machine.relocation(relocation.r_type(endian, false)) {
                    Relocation::Relative => {
                        self.relative.insert(slot, relocation.r_addend(endian) as u64);
                    }
                    Relocation::Symbol => {
                        let Some(index) = relocation.symbol(endian, false) else { continue };
                        let symbol =
                            dynamic.symbol(index).map_err(|error| format!("a relocation: {error}"))?;
                        if symbol.st_value(endian) != 0 {
                            self.relative.insert(slot, symbol.st_value(endian));
                            continue;
                        }
                        let name = dynamic
                            .symbol_name(endian, symbol)
                            .map_err(|error| format!("an imported name: {error}"))?;
                        self.imports.insert(slot, String::from_utf8_lossy(name).into_owned());
                    }
                    Relocation::Other => {}
                }
            }
        }
        Ok(())
    }

    /// The bytes at `address`, at most `length`, to the end of their segment.
    pub fn bytes(&self, address: u64, length: usize) -> &[u8] {
        let index = self.segments.partition_point(|(start, _)| *start <= address);
        let Some((start, data)) = index.checked_sub(1).and_then(|index| self.segments.get(index)) else {
            return &[];
        };
        let from = usize::try_from(address - start).unwrap_or(usize::MAX);
        let data = data.get(from..).unwrap_or_default();
        &data[..data.len().min(length)]
    }

    /// The pointer stored at `address`, as the loader leaves it.
    pub fn pointer(&self, address: u64) -> Option<u64> {
        if let Some(target) = self.relative.get(&address) {
            return Some(*target);
        }
        let bytes = self.bytes(address, 8);
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    /// The imported symbol whose address the loader stores at `address`.
    pub fn import(&self, address: u64) -> Option<&str> {
        self.imports.get(&address).map(String::as_str)
    }

    /// The text at `address`: to its terminator, or `length` bytes when the code says how many.
    pub fn text(&self, address: u64, length: Option<usize>) -> Option<String> {
        const LONGEST: usize = 256;
        let bytes = self.bytes(address, length.unwrap_or(LONGEST).min(LONGEST));
        let bytes = match length {
            Some(length) if bytes.len() == length => bytes,
            Some(_) => return None,
            None => &bytes[..bytes.iter().position(|byte| *byte == 0)?],
        };
        let printable = !bytes.is_empty() && bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
        printable.then(|| String::from_utf8_lossy(bytes).into_owned())
    }

    /// The index of the function that starts at `address`.
    pub fn function_at(&self, address: u64) -> Option<usize> {
        self.functions.binary_search_by_key(&address, |function| function.address).ok()
    }

    /// The sections of jump stubs to imported functions.
    pub fn stub_sections(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.stubs.iter().map(|(address, bytes)| (*address, bytes.as_slice()))
    }
}

/// What a relocation does to its word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Relocation {
    /// Base of the program plus a number: a pointer into the program itself.
    Relative,
    /// The address of a symbol.
    Symbol,
    /// Nothing that matters here.
    Other,
}

/// The processor of an ELF file, or why it is none that can be read.
fn machine_of(path: &Path, bytes: &[u8]) -> Result<Machine, BinaryError> {
    let not_elf = |found| BinaryError::NotElf { path: path.to_path_buf(), found };
    let other = |found: &str| BinaryError::Architecture { path: path.to_path_buf(), found: found.to_owned() };
    match bytes {
        [] => return Err(not_elf("it is empty")),
        [0x7f, b'E', b'L', b'F', ..] => {}
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            return Err(not_elf("it is a Mach-O file, as on macOS"));
        }
        [b'M', b'Z', ..] => return Err(not_elf("it is a PE file, as on Windows")),
        [b'#', b'!', ..] => return Err(not_elf("it is a script")),
        _ => return Err(not_elf("its first bytes are of no program")),
    }
    if bytes.get(4) == Some(&elf::ELFCLASS32.0) {
        return Err(other("of 32 bits"));
    }
    if bytes.get(5) == Some(&elf::ELFDATA2MSB.0) {
        return Err(other("with big-endian words"));
    }
    let header = elf::FileHeader64::<Endianness>::parse(bytes).map_err(|error| BinaryError::Damaged {
        path: path.to_path_buf(),
        what: error.to_string().to_lowercase(),
    })?;
    match header.e_machine(Endianness::Little) {
        elf::EM_X86_64 => Ok(Machine::X86_64),
        elf::EM_AARCH64 => Ok(Machine::Aarch64),
        elf::EM_PPC64 => Err(other("PowerPC")),
        elf::EM_S390 => Err(other("s390x")),
        elf::EM_RISCV => Err(other("RISC-V")),
        elf::EM_LOONGARCH => Err(other("LoongArch")),
        number => Err(other(&format!("number {number}"))),
    }
}
