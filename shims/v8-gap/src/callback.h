#pragma once

#include <node_api_extensions.h>

#include "environment.h"

namespace v8_gap {

// A node_api_function with what it needs to be called. It belongs to its environment.
struct Function {
  napi_env env;
  node_api_function callback;
  void* data;
  int argc;
};

using Info = v8::FunctionCallbackInfo<v8::Value>;

// The arguments of a call, as many as were asked for; V8 answers undefined for those that are absent.
class Arguments {
 public:
  Arguments(const Info& info, int count) {
    for (int index = 0; index < count; index++) values_[index] = to_napi(info[index]);
  }
  const napi_value* values() const { return values_; }

 private:
  napi_value values_[NODE_API_MAX_ARGUMENTS];
};

// Throws what Node-API holds as pending into V8, for a callback that returns to it.
inline void throw_pending(napi_env env, v8::Isolate* isolate, const char* otherwise) {
  napi_value exception;
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    isolate->ThrowException(to_local(exception));
    return;
  }
  v8::Local<v8::String> message;
  if (internalized(isolate, otherwise, &message)) isolate->ThrowException(v8::Exception::Error(message));
}

// Calls a function and returns its result to V8.
inline void call(const Info& info, void* self, const Function& function) {
  Arguments arguments(info, function.argc);
  node_api_result result = function.callback(function.env, self, static_cast<size_t>(info.Length()),
                                             arguments.values(), function.data);
  auto returned = info.GetReturnValue();
  switch (result.kind) {
    case node_api_result_undefined:
      return;
    case node_api_result_int32:
      return returned.Set(result.data.int32);
    case node_api_result_boolean:
      return returned.Set(result.data.boolean);
    case node_api_result_uint32:
      return returned.Set(result.data.uint32);
    case node_api_result_double:
      return returned.Set(result.data.number);
    case node_api_result_value:
      if (result.data.value != nullptr) returned.Set(to_local(result.data.value));
      return;
    case node_api_result_exception:
      return throw_pending(function.env, info.GetIsolate(), "the callback reported an exception and threw none");
  }
}

}  // namespace v8_gap
