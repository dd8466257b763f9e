//! Clocks and counters inside the host: an addon that the driver loads beside the arms.
//!
//! | export | |
//! |---|---|
//! | `counters()` | `[{ name, supported, reason }]`, in the order in which `read` writes the supported ones |
//! | `pin(array)` | keeps a `BigUint64Array` into which `read` writes |
//! | `read(offset, ending)` | writes wall, process CPU, thread CPU (nanoseconds) and the counters at `offset` |
//! | `now()` | `CLOCK_MONOTONIC` in nanoseconds, as a number |
//! | `latencyRecord(arm, ns)`, `latencyTake(arm)` | one HDR histogram an arm; take yields base64 V2 |
//! | `maxRss()` | `ru_maxrss` in bytes |
//! | `noop()` | a Node-API call that does nothing |
//! | `count(on)` | begins or ends what callgrind counts; false where there is none |
//! | `spin(n)`, `allocate(n)`, `callSystem(n)` | slow the caller down by n units, for canaries |
//!
//! `read` reads the counters before the clocks when a slice begins and after them when it ends (`ending`), so
//! that the system calls for the counters are never inside the timed part.

mod callgrind;
mod canary;
mod clock;
mod counters;
mod latency;

use std::cell::{OnceCell, RefCell};

use node_api::{Call, Env, JsError, Pinned, Port, Value};

use counters::CounterSet;
use latency::Latencies;

/// Wall, process CPU, thread CPU.
const CLOCKS: usize = 3;

struct Probe {
    counters: RefCell<CounterSet>,
    latencies: RefCell<Latencies>,
    pinned: OnceCell<Pinned<u64>>,
}

impl Port for Probe {
    fn new(_env: Env<'_>) -> Result<Self, JsError> {
        Ok(Probe {
            counters: RefCell::new(CounterSet::open()),
            latencies: RefCell::default(),
            pinned: OnceCell::new(),
        })
    }
}

node_api::module! {
    name: "probe",
    state: Probe,
    functions: {
        "counters" => counter_report,
        "pin" => pin,
        "read" => read,
        "now" => now,
        "latencyRecord" => latency_record,
        "latencyTake" => latency_take,
        "maxRss" => max_rss,
        "noop" => noop,
        "count" => count,
        "spin" => spin,
        "allocate" => allocate,
        "callSystem" => call_system,
    }
}

fn counter_report<'env>(call: &Call<'env, Probe, 0>) -> Result<Value<'env>, JsError> {
    let env = call.env();
    let counters = call.state().counters.borrow();
    let list = env.array(counters.report().len())?;
    for (index, counter) in (0..).zip(counters.report()) {
        let reason = match &counter.reason {
            Some(reason) => env.string(reason.as_bytes())?,
            None => env.null()?,
        };
        let entry = env.object()?;
        entry.set_named(c"name", env.string(counter.name.as_bytes())?)?;
        entry.set_named(c"supported", env.boolean(counter.reason.is_none())?)?;
        entry.set_named(c"reason", reason)?;
        list.set_element(index, entry)?;
    }
    Ok(list)
}

fn pin(call: &Call<'_, Probe, 1>) -> Result<(), JsError> {
    // SAFETY: the driver makes this array for the probe alone and neither transfers nor resizes it.
    let pinned = unsafe { Pinned::new(call.env(), call.argument(0), "array")? };
    call.state()
        .pinned
        .set(pinned)
        .map_err(|_| JsError::error("ERR_PROBE_PINNED", "the probe has its array already"))
}

fn read(call: &Call<'_, Probe, 2>) -> Result<(), JsError> {
    let Probe { counters, pinned, .. } = call.state();
    let counters = counters.borrow();
    let offset = call.u32(0, "offset")? as usize;
    let is_end = call.bool(1, "ending")?;
    let out = pinned.get().and_then(|array| array.cells().get(offset..offset + CLOCKS + counters.len()));
    let Some((clocks, counts)) = out.and_then(|cells| cells.split_at_checked(CLOCKS)) else {
        return Err(JsError::range_error("ERR_OUT_OF_RANGE", "the pinned array has no room at that offset"));
    };
    let read_clocks = || clocks.iter().zip(clock::clocks_ns()).for_each(|(cell, ns)| cell.set(ns));
    if is_end {
        read_clocks();
    }
    counts.iter().zip(counters.read()).for_each(|(cell, count)| cell.set(count));
    if !is_end {
        read_clocks();
    }
    Ok(())
}

fn now(_call: &Call<'_, Probe, 0>) -> f64 {
    clock::monotonic_ns() as f64
}

fn latency_record(call: &Call<'_, Probe, 2>) -> Result<(), JsError> {
    let (arm, latency_ns) = (call.u32(0, "arm")?, call.f64(1, "ns")?);
    call.state().latencies.borrow_mut().record(arm as usize, latency_ns as u64);
    Ok(())
}

fn latency_take(call: &Call<'_, Probe, 1>) -> Result<String, JsError> {
    Ok(call.state().latencies.borrow_mut().take(call.u32(0, "arm")? as usize))
}

fn max_rss(_call: &Call<'_, Probe, 0>) -> f64 {
    clock::max_rss_bytes() as f64
}

fn noop(_call: &Call<'_, Probe, 0>) {}

fn count(call: &Call<'_, Probe, 1>) -> Result<bool, JsError> {
    Ok(callgrind::count(call.bool(0, "on")?))
}

fn spin(call: &Call<'_, Probe, 1>) -> Result<(), JsError> {
    canary::spin(call.u32(0, "n")?);
    Ok(())
}

fn allocate(call: &Call<'_, Probe, 1>) -> Result<(), JsError> {
    canary::allocate(call.env(), call.u32(0, "n")?)
}

fn call_system(call: &Call<'_, Probe, 1>) -> Result<(), JsError> {
    canary::call_system(call.u32(0, "n")?);
    Ok(())
}
