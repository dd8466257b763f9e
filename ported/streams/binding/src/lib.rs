//! Node's `stream_wrap`, `tcp_wrap`, `pipe_wrap` and `tty_wrap` bindings over Node-API and the host's libuv.
//!
//! JavaScript names handles and requests by small integers, hands numbers over in one shared array and gets answers
//! there: a call costs one crossing, and one for a Buffer or string. Classes, async ids and callbacks are in `js/`.

mod address;
mod fused;
mod handle;
mod pipe;
mod read;
mod request;
mod state;
mod tcp;
mod tty;
mod uv;
mod write;

use state::Streams;

node_api::module! {
    name: "streams",
    state: Streams,
    functions: {
        "connect" => state::connect,
        "create" => handle::create,
        "close" => handle::close,
        "reset" => handle::reset,
        "listen" => handle::listen,
        "ref" => handle::reference,
        "unref" => handle::unreference,
        "hasRef" => handle::has_reference,
        "fd" => handle::descriptor,
        "duplicate" => handle::duplicate,
        "setBlocking" => handle::set_blocking,
        "bytesRead" => handle::bytes_read,
        "bytesWritten" => handle::bytes_written,
        "writeQueueSize" => handle::write_queue_size,
        "readStart" => read::start,
        "readStop" => read::stop,
        "replaceSlab" => read::replace,
        "useUserBuffer" => read::use_user_buffer,
        "consume" => read::consume,
        "shutdown" => request::shutdown,
        "writeBuffer" => write::buffer,
        "writeBuffers" => write::buffers,
        "writeString" => write::string,
        "writev" => write::chunks,
        "tcpOpen" => tcp::open,
        "tcpBind" => tcp::bind,
        "tcpConnect" => tcp::connect,
        "setNoDelay" => tcp::set_no_delay,
        "setKeepAlive" => tcp::set_keep_alive,
        "setTypeOfService" => tcp::set_type_of_service,
        "getTypeOfService" => tcp::get_type_of_service,
        "getSockName" => tcp::socket_name,
        "getPeerName" => tcp::peer_name,
        "pipeOpen" => pipe::open,
        "pipeBind" => pipe::bind,
        "pipeConnect" => pipe::connect,
        "pipeChmod" => pipe::chmod,
        "connectPumps" => fused::connect,
        "openPump" => fused::open,
        "turnPump" => fused::turn,
        "reportPump" => fused::report,
        "awaitSink" => fused::await_sink,
        "sinkReady" => fused::sink_ready,
        "closePump" => fused::close,
        "ttySetMode" => tty::set_mode,
        "ttyWindowSize" => tty::window_size,
    }
}
