//! Counts the Node-API calls of any module that a Node process loads, port or not: an addon that `preload.cjs` loads
//! first.
//!
//! Neither `LD_PRELOAD` nor `LD_AUDIT` sees these calls: the host exports Node-API itself and is first in every lookup.
//! So each module's own table of addresses (its GOT) is changed after the loader has filled it and before the host
//! calls the module: `dlopen` in the host's table leads to [`hook`], which looks for new modules and lets each
//! function of Node-API in their tables lead to a stub ([`stubs`]) that counts and jumps on.
//!
//! | export | |
//! |---|---|
//! | `counts()` | `[module, function, calls]` of this process, what was never called left out |
//!
//! `PORTLAB_TRACE_DIR` names a folder in which each process counts in files (crate trace-record); without it the
//! counters are in memory.
#![cfg_attr(not(all(target_os = "linux", target_arch = "x86_64")), allow(unused))]

mod hook;
mod lookup;
mod objects;
mod stubs;

use node_api::{Call, Env, JsError, Port, Value};

struct Trace;

impl Port for Trace {
    fn new(_env: Env<'_>) -> Result<Self, JsError> {
        hook::install().map_err(|reason| JsError::error("ERR_PORTLAB_TRACE", reason))?;
        Ok(Trace)
    }
}

node_api::module! {
    name: "trace",
    state: Trace,
    functions: { "counts" => counts }
}

fn counts<'env>(call: &Call<'env, Trace, 0>) -> Result<Value<'env>, JsError> {
    let env = call.env();
    let called = hook::counts();
    let list = env.array(called.len())?;
    for (index, (module, function, calls)) in (0..).zip(called) {
        let row = env.array(3)?;
        row.set_element(0, env.string(module.as_bytes())?)?;
        row.set_element(1, env.string(function.as_bytes())?)?;
        row.set_element(2, env.double(calls as f64)?)?;
        list.set_element(index, row)?;
    }
    Ok(list)
}
