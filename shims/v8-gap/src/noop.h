#pragma once

#include "handle.h"

namespace v8_gap {

// A function that does nothing, made as Node makes its bindings' functions: a v8::FunctionTemplate with a
// FunctionCallback. What a call of it costs is the floor under every Node-API call.
//
// Needs an entered isolate, context and handle scope, as inside a Node-API callback. Null if V8 cannot make
// it; a JavaScript exception is then pending.
Value* create_noop() noexcept;

}  // namespace v8_gap
