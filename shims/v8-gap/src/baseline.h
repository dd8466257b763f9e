#pragma once

#include "handle.h"

namespace v8_gap {

// Sets functions on `exports` that do what the benchmarks of bench/definitions/extensions measure, as Node's own
// bindings do it: v8::FunctionTemplate with FunctionCallbacks, internal fields, v8::DictionaryTemplate. They are
// the denominator of what Node-API costs, with and without extensions.
//
// Needs an entered isolate, context and handle scope, as inside a Node-API callback. False if V8 cannot make
// them; a JavaScript exception is then pending.
bool add_baseline(Value* exports) noexcept;

}  // namespace v8_gap
