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
//!
//! `read` reads the counters before the clocks when a slice begins and after them when it ends (`ending`), so
//! that the system calls for the counters are never inside the timed part.

mod clock;
mod counters;
mod latency;

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;

use napi_sys as sys;

use counters::CounterSet;
use latency::Latencies;

struct Probe {
    counters: CounterSet,
    latencies: Latencies,
    /// The pinned array's memory, kept alive by `pinned_ref`.
    pinned: *mut u64,
    pinned_len: usize,
}

fn args<const N: usize>(env: sys::napi_env, info: sys::napi_callback_info) -> [sys::napi_value; N] {
    let mut argc = N;
    let mut argv = [null_mut(); N];
    // SAFETY: `env` and `info` are live for this call; argc says how many values argv holds.
    unsafe { sys::napi_get_cb_info(env, info, &raw mut argc, argv.as_mut_ptr(), null_mut(), null_mut()) };
    argv
}

fn probe<'env>(env: sys::napi_env) -> &'env mut Probe {
    let mut data = null_mut();
    // SAFETY: instance data was set by the module's registration and lives as long as `env`.
    unsafe {
        sys::napi_get_instance_data(env, &raw mut data);
        &mut *data.cast::<Probe>()
    }
}

fn number(env: sys::napi_env, value: sys::napi_value) -> f64 {
    let mut out = 0.0;
    // SAFETY: `env` and `value` are live for this call.
    unsafe { sys::napi_get_value_double(env, value, &raw mut out) };
    out
}

fn new_number(env: sys::napi_env, value: f64) -> sys::napi_value {
    let mut out = null_mut();
    // SAFETY: `env` is live for this call.
    unsafe { sys::napi_create_double(env, value, &raw mut out) };
    out
}

fn new_string(env: sys::napi_env, value: &str) -> sys::napi_value {
    let mut out = null_mut();
    // SAFETY: `env` is live for this call; the pointer and the length are of one str.
    unsafe { sys::napi_create_string_utf8(env, value.as_ptr().cast(), value.len() as isize, &raw mut out) };
    out
}

unsafe extern "C" fn counters_fn(env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    let mut list = null_mut();
    // SAFETY: as in every callback of this file: `env` is live for this call.
    unsafe { sys::napi_create_array(env, &raw mut list) };
    for (index, counter) in probe(env).counters.report().iter().enumerate() {
        // SAFETY: as above.
        unsafe {
            let mut entry = null_mut();
            sys::napi_create_object(env, &raw mut entry);
            sys::napi_set_named_property(env, entry, c"name".as_ptr(), new_string(env, counter.name));
            let mut supported = null_mut();
            sys::napi_get_boolean(env, counter.reason.is_none(), &raw mut supported);
            sys::napi_set_named_property(env, entry, c"supported".as_ptr(), supported);
            let mut reason = null_mut();
            sys::napi_get_null(env, &raw mut reason);
            if let Some(text) = &counter.reason {
                reason = new_string(env, text);
            }
            sys::napi_set_named_property(env, entry, c"reason".as_ptr(), reason);
            sys::napi_set_element(env, list, index as u32, entry);
        }
    }
    list
}

unsafe extern "C" fn pin(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let [array] = args(env, info);
    let (mut kind, mut len, mut data, mut reference) = (0, 0, null_mut(), null_mut());
    // SAFETY: `env` and `array` are live; the strong reference is never deleted, so the memory stays.
    unsafe {
        sys::napi_get_typedarray_info(env, array, &raw mut kind, &raw mut len, &raw mut data, null_mut(), null_mut());
        sys::napi_create_reference(env, array, 1, &raw mut reference);
    }
    let probe = probe(env);
    (probe.pinned, probe.pinned_len) = (data.cast(), len);
    null_mut()
}

unsafe extern "C" fn read(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let [offset, ending] = args(env, info);
    let probe = probe(env);
    let offset = number(env, offset) as usize;
    let mut is_end = false;
    // SAFETY: `env` and `ending` are live for this call.
    unsafe { sys::napi_get_value_bool(env, ending, &raw mut is_end) };
    let width = 3 + probe.counters.len();
    assert!(offset + width <= probe.pinned_len);
    // SAFETY: the range was checked; the pinned array outlives the environment.
    let out = unsafe { std::slice::from_raw_parts_mut(probe.pinned.add(offset), width) };
    let (clocks, counters) = out.split_at_mut(3);
    if is_end {
        clocks.copy_from_slice(&clock::clocks_ns());
    }
    for (slot, value) in counters.iter_mut().zip(probe.counters.read()) {
        *slot = value;
    }
    if !is_end {
        clocks.copy_from_slice(&clock::clocks_ns());
    }
    null_mut()
}

unsafe extern "C" fn now(env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    new_number(env, clock::monotonic_ns() as f64)
}

unsafe extern "C" fn latency_record(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let [arm, latency] = args(env, info);
    probe(env).latencies.record(number(env, arm) as usize, number(env, latency) as u64);
    null_mut()
}

unsafe extern "C" fn latency_take(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let [arm] = args(env, info);
    new_string(env, &probe(env).latencies.take(number(env, arm) as usize))
}

unsafe extern "C" fn max_rss(env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    new_number(env, clock::max_rss_bytes() as f64)
}

unsafe extern "C" fn noop(_env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    null_mut()
}

const EXPORTS: [(&CStr, unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value); 8] = [
    (c"counters", counters_fn),
    (c"pin", pin),
    (c"read", read),
    (c"now", now),
    (c"latencyRecord", latency_record),
    (c"latencyTake", latency_take),
    (c"maxRss", max_rss),
    (c"noop", noop),
];

/// Called by the host when it loads the module.
#[unsafe(no_mangle)]
unsafe extern "C" fn napi_register_module_v1(env: sys::napi_env, exports: sys::napi_value) -> sys::napi_value {
    let probe = Probe {
        counters: CounterSet::open(),
        latencies: Latencies::default(),
        pinned: null_mut(),
        pinned_len: 0,
    };
    // SAFETY: the box is handed to the environment once and freed never: the driver's process ends with it.
    unsafe { sys::napi_set_instance_data(env, Box::into_raw(Box::new(probe)).cast::<c_void>(), None, null_mut()) };
    for (name, function) in EXPORTS {
        let mut value = null_mut();
        // SAFETY: `env` and `exports` are live for this call; the names are NUL-terminated.
        unsafe {
            sys::napi_create_function(env, name.as_ptr(), -1, Some(function), null_mut(), &raw mut value);
            sys::napi_set_named_property(env, exports, name.as_ptr(), value);
        }
    }
    exports
}
