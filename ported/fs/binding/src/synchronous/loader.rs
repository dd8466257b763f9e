//! What the module loader asks.

use node_api::{Call, JsError, StringBuffer};

use crate::state::Fs;

/// `moduleStat(path)`: answers in the numbers.
pub(crate) fn module_stat(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    call.state().numbers()?.answer(f64::from(fs_core::module_stat(&path)));
    Ok(())
}

/// `isWebAssembly(path)`
pub(crate) fn is_webassembly(call: &Call<'_, Fs, 1>) -> Result<bool, JsError> {
    let mut buffer = StringBuffer::new();
    Ok(fs_core::is_webassembly(&call.path(0, "path", &mut buffer)?))
}

/// `legacyMain(index, main?)`: the number of the file that is there; undefined when none is.
pub(crate) fn legacy_main(call: &Call<'_, Fs, 2>) -> Result<Option<u32>, JsError> {
    let (mut index, mut main) = (StringBuffer::new(), StringBuffer::new());
    let index = call.utf8(0, "index", &mut index)?;
    let main = if call.count() > 1 { Some(call.utf8(1, "main", &mut main)?) } else { None };
    Ok(fs_core::legacy_main(main, index).map(|found| found as u32))
}
