//! Node's os binding over Node-API: translates between JavaScript and os-core.

use node_api::{Call, Env, JsError, Port, Reference, Value};
use node_error::SyscallError;
use os_core::{Address, HostnameBuffer, Interface};

node_api::module! {
    name: "os",
    state: Os,
    functions: {
        "getCPUs" => cpus,
        "getFreeMem" => free_memory,
        "getHostname" => hostname,
        "getInterfaceAddresses" => interface_addresses,
        "getLoadAvg" => load_average,
        "getTotalMem" => total_memory,
        "getUptime" => uptime,
    }
}

/// Arrays up to this length are made in one call: its arguments lie on the stack.
const MOST_ARGUMENTS: usize = 1024;

/// What the port keeps for one environment.
struct Os {
    /// `Array.of`, as it was when the module was loaded.
    array_of: Reference,
}

impl Port for Os {
    fn new(env: Env<'_>) -> Result<Self, JsError> {
        let array_of = env.global(c"Array")?.named(c"of")?;
        Ok(Os { array_of: env.reference(array_of)? })
    }
}

/// `getHostname(ctx)`
fn hostname<'env>(call: &Call<'env, Os, 1>) -> Result<Option<Value<'env>>, JsError> {
    match os_core::hostname(&mut HostnameBuffer::default()) {
        Ok(name) => call.env().string(name).map(Some),
        Err(error) => report(call, 0, &error),
    }
}

/// `getUptime(ctx)`: seconds.
fn uptime<'env>(call: &Call<'env, Os, 1>) -> Result<Option<Value<'env>>, JsError> {
    match os_core::uptime() {
        Ok(seconds) => call.env().double(seconds).map(Some),
        Err(error) => report(call, 0, &error),
    }
}

/// `getLoadAvg(array)`: writes three numbers, or leaves them if the kernel does not say.
fn load_average(call: &Call<'_, Os, 1>) -> Result<(), JsError> {
    let array = call.bytes(0, "array")?;
    if array.len() != size_of::<[f64; 3]>() {
        return Err(JsError::argument_type("array", "an instance of Float64Array with 3 elements"));
    }
    if let Some(loads) = os_core::load_average() {
        // SAFETY: the view has exactly this size, no JavaScript runs meanwhile, and any alignment will do.
        unsafe { array.as_mut_ptr().cast::<[f64; 3]>().write_unaligned(loads) };
    }
    Ok(())
}

/// `getTotalMem()`: bytes.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every exported function")]
fn total_memory(_call: &Call<'_, Os, 0>) -> Result<f64, JsError> {
    Ok(os_core::total_memory() as f64)
}

/// `getFreeMem()`: bytes.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every exported function")]
fn free_memory(_call: &Call<'_, Os, 0>) -> Result<f64, JsError> {
    Ok(os_core::free_memory() as f64)
}

/// `getCPUs()`: for each CPU model, MHz and milliseconds in user, nice, sys, idle and irq, in one flat array;
/// undefined if the kernel does not say, as natively.
fn cpus<'env>(call: &Call<'env, Os, 0>) -> Result<Option<Value<'env>>, JsError> {
    let Ok(cpus) = os_core::cpus() else { return Ok(None) };
    let env = call.env();
    let mut values = Vec::with_capacity(7 * cpus.len());
    for cpu in cpus {
        values.push(env.latin1(&cpu.model)?);
        for number in [cpu.speed_mhz, cpu.user_ms, cpu.nice_ms, cpu.sys_ms, cpu.idle_ms, cpu.irq_ms] {
            values.push(env.double(number as f64)?);
        }
    }
    array(call, &values).map(Some)
}

/// `getInterfaceAddresses(ctx)`: for each address name, address, netmask, family, MAC, internal and scope id
/// (-1 for IPv4), in one flat array.
fn interface_addresses<'env>(call: &Call<'env, Os, 1>) -> Result<Option<Value<'env>>, JsError> {
    let interfaces = match os_core::interfaces() {
        Ok(interfaces) => interfaces,
        // Node's C++ passes the positive errno on where libuv's negative one belongs, so that its code reads
        // `Unknown system error 24`: the port answers as native.
        Err(error) => return report(call, 0, &SyscallError::new(-error.errno, error.syscall)),
    };
    let env = call.env();
    let mut values = Vec::with_capacity(7 * interfaces.len());
    // Every value costs a crossing, so those that addresses share are made once.
    let families = [env.latin1(b"IPv4")?, env.latin1(b"IPv6")?];
    let internals = [env.boolean(false)?, env.boolean(true)?];
    let no_scope = env.int32(-1)?;
    let mut shared: Vec<(&Interface, Value<'env>, Value<'env>)> = Vec::new();
    for interface in &interfaces {
        let known = shared.iter().find(|(other, ..)| other.name == interface.name);
        let (name, mac) = if let Some(&(_, name, mac)) = known {
            (name, mac)
        } else {
            let (name, mac) = (env.string(&interface.name)?, env.latin1(&interface.mac_text())?);
            shared.push((interface, name, mac));
            (name, mac)
        };
        let (family, scope_id) = match interface.address {
            Address::V4(_) => (families[0], no_scope),
            Address::V6 { scope_id, .. } => (families[1], env.uint32(scope_id)?),
        };
        let address = env.latin1(interface.address.to_string().as_bytes())?;
        let netmask = env.latin1(interface.netmask.to_string().as_bytes())?;
        let internal = internals[usize::from(interface.internal)];
        values.extend([name, address, netmask, family, mac, internal, scope_id]);
    }
    array(call, &values).map(Some)
}

/// What node's `CollectUVExceptionInfo` writes: Node's lib makes the error from it when it sees undefined.
fn report<'env, const N: usize>(
    call: &Call<'env, Os, N>,
    ctx: usize,
    error: &SyscallError,
) -> Result<Option<Value<'env>>, JsError> {
    let env = call.env();
    let ctx = call.argument(ctx);
    ctx.set_named(c"errno", env.int32(error.uv_errno())?)?;
    ctx.set_named(c"code", env.latin1(error.code().as_bytes())?)?;
    ctx.set_named(c"message", env.latin1(node_error::message(error.errno).as_bytes())?)?;
    ctx.set_named(c"syscall", env.latin1(error.syscall.as_bytes())?)?;
    Ok(None)
}

/// An array of `values`. Node-API can only set one element a call; the engine's own function takes them all.
fn array<'env, const N: usize>(
    call: &Call<'env, Os, N>,
    values: &[Value<'env>],
) -> Result<Value<'env>, JsError> {
    if values.len() <= MOST_ARGUMENTS {
        return call.state().array_of.get(call.env())?.call(values);
    }
    let array = call.env().array(values.len())?;
    for (index, &value) in (0..).zip(values) {
        array.set_element(index, value)?;
    }
    Ok(array)
}
