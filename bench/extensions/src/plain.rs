//! The operations on Node-API alone, as a port writes them.

use std::ffi::c_void;
use std::ptr;

use node_api::sys::{self, PropertyAttributes, Status, napi_callback_info, napi_env, napi_value};
use node_api::{Call, JsError, StringBuffer, Value, check};

use crate::{ELEMENTS, NAMES, Operations, ends, make};

pub(crate) fn noop(_call: &Call<'_, Operations, 0>) {}

/// The class whose native objects Node-API wraps.
pub(crate) fn counter_class<'env>(call: &Call<'env, Operations, 0>) -> Result<Value<'env>, JsError> {
    let increment = sys::napi_property_descriptor {
        utf8name: c"increment".as_ptr(),
        name: ptr::null_mut(),
        method: Some(increment),
        getter: None,
        setter: None,
        value: ptr::null_mut(),
        attributes: PropertyAttributes::writable | PropertyAttributes::configurable,
        data: ptr::null_mut(),
    };
    let env = call.env();
    let (name, length) = (c"Counter".as_ptr(), c"Counter".count_bytes() as isize);
    // SAFETY: `env` is live; the descriptor is read during the call, and both callbacks only use what the other
    // has wrapped.
    unsafe {
        make(env, "napi_define_class", |out| {
            let properties = &raw const increment;
            sys::napi_define_class(
                env.raw(),
                name,
                length,
                Some(construct),
                ptr::null_mut(),
                1,
                properties,
                out,
            )
        })
    }
}

unsafe extern "C" fn construct(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut this = ptr::null_mut();
    let null = ptr::null_mut();
    // SAFETY: the host calls with a live environment; null out-pointers are not written.
    let status = unsafe {
        sys::napi_get_cb_info(env, info, ptr::null_mut(), ptr::null_mut(), &raw mut this, ptr::null_mut())
    };
    if status != Status::napi_ok {
        return null;
    }
    let counter = Box::into_raw(Box::new(0_i32)).cast::<c_void>();
    // SAFETY: `this` is the new instance; `drop_counter` gets the counter back once.
    let status =
        unsafe { sys::napi_wrap(env, this, counter, Some(drop_counter), null.cast(), ptr::null_mut()) };
    if status != Status::napi_ok {
        // SAFETY: the host did not take it.
        drop(unsafe { Box::from_raw(counter.cast::<i32>()) });
        return null;
    }
    this
}

unsafe extern "C" fn drop_counter(_env: napi_env, counter: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `construct` gave it away with Box::into_raw, and the host calls this once.
    drop(unsafe { Box::from_raw(counter.cast::<i32>()) });
}

unsafe extern "C" fn increment(env: napi_env, info: napi_callback_info) -> napi_value {
    let (mut this, mut native, mut result) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: the host calls with a live environment and with a receiver that `construct` has wrapped, for it
    // checks the method's signature; all out-pointers are valid or null. A failure leaves its exception pending.
    unsafe {
        let no = ptr::null_mut();
        if sys::napi_get_cb_info(env, info, no, ptr::null_mut(), &raw mut this, ptr::null_mut())
            == Status::napi_ok
            && sys::napi_unwrap(env, this, &raw mut native) == Status::napi_ok
        {
            let counter = native.cast::<i32>();
            *counter = (*counter).wrapping_add(1);
            let _ = sys::napi_create_int32(env, *counter, &raw mut result);
        }
    }
    result
}

pub(crate) fn record<'env>(call: &Call<'env, Operations, 1>) -> Result<Value<'env>, JsError> {
    let first = call.f64(0, "first")?;
    let object = call.env().object()?;
    for (name, number) in NAMES.iter().zip(0_u8..) {
        object.set_named(name, call.env().double(first + f64::from(number))?)?;
    }
    Ok(object)
}

pub(crate) fn array<'env>(call: &Call<'env, Operations, 1>) -> Result<Value<'env>, JsError> {
    let first = call.f64(0, "first")?;
    let array = call.env().array(ELEMENTS)?;
    for index in 0..ELEMENTS as u32 {
        array.set_element(index, call.env().double(first + f64::from(index))?)?;
    }
    Ok(array)
}

pub(crate) fn sum(call: &Call<'_, Operations, 1>) -> Result<f64, JsError> {
    let array = call.argument(0);
    let mut sum = 0.0;
    for index in 0..array.array_length()? {
        sum += array.element(index)?.as_f64()?;
    }
    Ok(sum)
}

pub(crate) fn add(call: &Call<'_, Operations, 3>) -> Result<i32, JsError> {
    Ok(call.i32(0, "a")?.wrapping_add(call.i32(1, "b")?).wrapping_add(call.i32(2, "c")?))
}

pub(crate) fn path_ends(call: &Call<'_, Operations, 1>) -> Result<i32, JsError> {
    let mut buffer = StringBuffer::new();
    Ok(ends(call.utf8(0, "path", &mut buffer)?))
}

pub(crate) fn text_ends(call: &Call<'_, Operations, 1>) -> Result<i32, JsError> {
    let mut units = [std::mem::MaybeUninit::<u16>::uninit(); 256];
    let mut length = 0;
    // SAFETY: `env` is live, and `units` has room for the length that is given.
    check("napi_get_value_string_utf16", unsafe {
        let (env, value) = (call.env().raw(), call.argument(0).raw());
        sys::napi_get_value_string_utf16(env, value, units.as_mut_ptr().cast(), units.len(), &raw mut length)
    })?;
    // SAFETY: the host has written that many.
    let units = unsafe { units[..length].assume_init_ref() };
    Ok(units.first().zip(units.last()).map_or(0, |(&first, &last)| i32::from(first) + i32::from(last)))
}

/// What comes nearest to a private property: a symbol that nobody has, and that `Object.getOwnPropertySymbols` shows.
pub(crate) fn mark(call: &Call<'_, Operations, 1>) -> Result<i32, JsError> {
    let (env, object) = (call.env(), call.argument(0).raw());
    let key = call.state().key.get(env)?.raw();
    // SAFETY: `env` is live, `object` and `key` are values of its scope.
    let held =
        unsafe { make(env, "napi_get_property", |out| sys::napi_get_property(env.raw(), object, key, out)) };
    let count = held?.as_i32().unwrap_or(0).wrapping_add(1);
    let value = env.int32(count)?.raw();
    // SAFETY: as above.
    check("napi_set_property", unsafe { sys::napi_set_property(env.raw(), object, key, value) })?;
    Ok(count)
}

/// A reference keeps the view; the memory is the view's as long as nobody detaches it.
pub(crate) fn hold(call: &Call<'_, Operations, 1>) -> Result<i32, JsError> {
    let (env, view) = (call.env(), call.argument(0));
    let reference = env.reference(view)?;
    let first = {
        let bytes = view.bytes()?;
        // SAFETY: no JavaScript runs meanwhile.
        unsafe { bytes.as_slice() }.first().map_or(0, |&byte| i32::from(byte))
    };
    reference.delete(env)?;
    Ok(first)
}

/// The buffer is there before its memory.
pub(crate) fn adopt<'env>(call: &Call<'env, Operations, 1>) -> Result<Value<'env>, JsError> {
    let (env, length) = (call.env(), call.u32(0, "length")? as usize);
    let mut data = ptr::null_mut();
    // SAFETY: `env` is live and the out-pointers are valid.
    let buffer = unsafe {
        make(env, "napi_create_arraybuffer", |out| {
            sys::napi_create_arraybuffer(env.raw(), length, &raw mut data, out)
        })
    }?;
    if length > 0 {
        // SAFETY: it has that many bytes.
        unsafe { *data.cast::<u8>() = 7 };
    }
    Ok(buffer)
}
