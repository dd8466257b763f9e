#pragma once

#include <js_native_api.h>
#include <v8.h>

#include <cstring>

namespace v8_gap {

// cxx refuses names with a double underscore.
using Value = ::napi_value__;

// A napi_value is a v8::Local in other clothes: Node's own js_native_api_v8.h converts the same way.
static_assert(sizeof(v8::Local<v8::Value>) == sizeof(Value*),
              "a napi_value no longer holds a v8::Local: look at js_native_api_v8.h of this Node");

inline Value* to_napi(v8::Local<v8::Value> local) {
  Value* value;
  std::memcpy(&value, static_cast<void*>(&local), sizeof value);
  return value;
}

inline v8::Local<v8::Value> to_local(Value* value) {
  v8::Local<v8::Value> local;
  std::memcpy(static_cast<void*>(&local), &value, sizeof value);
  return local;
}

}  // namespace v8_gap
