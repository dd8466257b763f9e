//! Who calls whom: Node's functions, and from each the sites in V8 and libuv and the way to other Node functions.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::units::units;
use super::{BinaryError, Image, Root, qualified, root};
use crate::machine::{Step, Target};

/// A function of Node.
#[derive(Clone, Debug)]
pub struct Function {
    /// Where it starts.
    pub address: u64,
    /// Bytes of code.
    pub size: u64,
    /// The linker's name.
    pub mangled: String,
    /// The qualified name, without parameters: overloads share it.
    pub name: String,
    /// The translation unit, such as `node_file.cc`, as far as the symbol table tells.
    pub unit: Option<String>,
    /// What it calls in V8.
    pub sites: Vec<Site>,
    /// What it calls in libuv.
    pub uv: Vec<Site>,
    /// Other functions of Node that it calls or mentions.
    pub edges: Vec<Edge>,
}

/// A call or tail jump to a function outside Node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Site {
    /// The instruction's address.
    pub at: u64,
    /// Index into [`Graph::targets`].
    pub target: u32,
}

/// A way from one function of Node to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Edge {
    /// The instruction's address.
    pub at: u64,
    /// Index into [`Graph::functions`].
    pub to: u32,
    /// Call or mention.
    pub kind: EdgeKind,
}

/// How one function leads to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EdgeKind {
    /// It calls it, or ends in a jump to it.
    Call,
    /// It takes its address: a callback.
    Mention,
    /// It takes the address of a table of virtual functions that has it: a class is constructed.
    Virtual,
}

/// A Node binary as a graph.
pub struct Graph {
    /// The program.
    pub image: Image,
    /// Every function of Node, by address.
    pub functions: Vec<Function>,
    /// Qualified names of what is called in V8 and libuv.
    pub targets: Vec<String>,
    by_address: HashMap<u64, u32>,
}

/// What the names of tables of virtual functions begin with.
const VTABLE: &str = "_ZTV";

impl Graph {
    /// Reads a binary.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, stripped, of another processor or not Node.
    pub fn read(path: &Path) -> Result<Graph, BinaryError> {
        let bytes =
            std::fs::read(path).map_err(|source| BinaryError::Open { path: path.to_path_buf(), source })?;
        Graph::of(path, &bytes)
    }

    /// Reads a binary from memory; `path` is for errors.
    ///
    /// # Errors
    /// As [`Graph::read`].
    pub fn of(path: &Path, bytes: &[u8]) -> Result<Graph, BinaryError> {
        let image = Image::parse(path, bytes)?;
        let symbols = image.functions.iter().filter(|symbol| root(&symbol.mangled) == Root::Node);
        let mut functions: Vec<Function> = symbols
            .map(|symbol| Function {
                address: symbol.address,
                size: symbol.size,
                mangled: symbol.mangled.clone(),
                name: qualified(&symbol.mangled),
                unit: symbol.unit.map(|unit| image.units[unit as usize].clone()),
                sites: Vec::new(),
                uv: Vec::new(),
                edges: Vec::new(),
            })
            .collect();
        units(&image, &mut functions);
        if functions.is_empty() {
            return Err(BinaryError::NoNode { path: path.to_path_buf(), functions: image.functions.len() });
        }
        let by_address =
            functions.iter().enumerate().map(|(index, function)| (function.address, index as u32)).collect();
        let mut graph = Graph { image, functions, targets: Vec::new(), by_address };
        graph.connect();
        Ok(graph)
    }

    /// The function that starts at an address.
    pub fn function_at(&self, address: u64) -> Option<u32> {
        self.by_address.get(&address).copied()
    }

    /// Functions by their linker name.
    pub fn by_mangled(&self) -> HashMap<&str, u32> {
        self.functions.iter().enumerate().map(|(index, f)| (f.mangled.as_str(), index as u32)).collect()
    }

    fn connect(&mut self) {
        let outside = self.outside();
        let tables = self.tables();
        let mut targets: HashMap<String, u32> = HashMap::new();
        for index in 0..self.functions.len() {
            let (address, size) = (self.functions[index].address, self.functions[index].size);
            let (mut sites, mut uv, mut edges) = (Vec::new(), Vec::new(), Vec::new());
            let end = address + size;
            let code = self.image.bytes(address, usize::try_from(size).unwrap_or(usize::MAX));
            self.image.machine.steps(address, code, &mut |(at, step)| {
                let (to, calls) = match step {
                    Step::Call(target) | Step::Jump(target) => (self.resolve(target), true),
                    Step::Branch(to) => (Some(to), true),
                    Step::Constant(_, value) | Step::Mention(value) => (Some(value), false),
                    _ => (None, false),
                };
                let Some(to) = to.filter(|to| !(address..end).contains(to)) else { return };
                if let Some(function) = self.function_at(to) {
                    let kind = if calls { EdgeKind::Call } else { EdgeKind::Mention };
                    edges.push(Edge { at, to: function, kind });
                } else if calls {
                    let Some((owner, name)) = outside.get(&to) else { return };
                    let next = targets.len() as u32;
                    let target = *targets.entry(name.clone()).or_insert(next);
                    if *owner == Root::V8 { &mut sites } else { &mut uv }.push(Site { at, target });
                } else if let Some((_, table)) =
                    tables.range(..=to).next_back().filter(|(start, (size, _))| to < *start + size)
                {
                    let virtuals = table.1.iter().map(|to| Edge { at, to: *to, kind: EdgeKind::Virtual });
                    edges.extend(virtuals);
                }
            });
            let function = &mut self.functions[index];
            (function.sites, function.uv, function.edges) = (sites, uv, edges);
        }
        let mut names: Vec<(String, u32)> = targets.into_iter().collect();
        names.sort_by_key(|(_, index)| *index);
        self.targets = names.into_iter().map(|(name, _)| name).collect();
    }

    /// An address that control goes to, through a stub or a filled word if need be.
    pub(crate) fn resolve(&self, target: Target) -> Option<u64> {
        match target {
            Target::Direct(address) => Some(address),
            // An imported function is told by the word that the loader fills: addresses never collide.
            Target::Slot(slot) if self.image.import(slot).is_some() => Some(slot),
            Target::Slot(slot) => self.image.pointer(slot),
            Target::Unknown => None,
        }
    }

    /// The qualified name of what is called at an address, whoever owns it.
    pub(crate) fn name_at(&self, address: u64) -> Option<&str> {
        self.image
            .function_at(address)
            .map(|index| self.image.functions[index].mangled.as_str())
            .or_else(|| self.image.import(address))
    }

    /// Functions of V8 and libuv by every address that leads to them.
    fn outside(&self) -> HashMap<u64, (Root, String)> {
        let mut outside = HashMap::new();
        let mut add = |address: u64, mangled: &str| {
            let owner = root(mangled);
            if matches!(owner, Root::V8 | Root::Uv) {
                outside.entry(address).or_insert_with(|| (owner, qualified(mangled)));
            }
        };
        for symbol in &self.image.functions {
            add(symbol.address, &symbol.mangled);
        }
        for (stub, slot) in self.stubs() {
            if let Some(name) = self.image.import(slot) {
                add(stub, name);
                add(slot, name);
            }
        }
        outside
    }

    /// Stubs to imported functions: each jumps to what is stored at one address.
    fn stubs(&self) -> Vec<(u64, u64)> {
        const STUB: u64 = 16;
        let mut stubs = Vec::new();
        for (address, code) in self.image.stub_sections() {
            let mut constant = None;
            self.image.machine.steps(address, code, &mut |(at, step)| match step {
                Step::Jump(Target::Slot(slot)) => stubs.push((at & !(STUB - 1), slot)),
                Step::Constant(_, page) => constant = Some(page),
                Step::LoadFrom(_, _, offset) => {
                    if let Some(page) = constant.take() {
                        stubs.push((at & !(STUB - 1), page.wrapping_add_signed(offset)));
                    }
                }
                _ => {}
            });
        }
        stubs
    }

    /// The tables of virtual functions of Node's classes: address → (size, functions of Node in it).
    fn tables(&self) -> BTreeMap<u64, (u64, Vec<u32>)> {
        let tables = self
            .image
            .objects
            .iter()
            .filter(|(_, (_, name))| name.starts_with(VTABLE) && name.contains("4node"));
        let functions = |address: u64, size: u64| {
            (0..size / 8)
                .filter_map(|word| self.image.pointer(address + word * 8))
                .filter_map(|pointer| self.function_at(pointer))
                .collect()
        };
        tables.map(|(address, (size, _))| (*address, (*size, functions(*address, *size)))).collect()
    }
}
