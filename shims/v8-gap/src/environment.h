#pragma once

#include <node_api.h>

#include "handle.h"

namespace v8_gap {

// The isolate of the thread that calls, or null on a thread without JavaScript.
inline v8::Isolate* current_isolate() { return v8::Isolate::TryGetCurrent(); }

// A handle that belongs to its environment: it is deleted when the environment ends. T has a member `env`.
template <typename T>
napi_status give_to_environment(T* owned) {
  return napi_add_env_cleanup_hook(
      owned->env, [](void* data) { delete static_cast<T*>(data); }, owned);
}

// Whether JavaScript may run now: napi_ok, or why not.
inline napi_status can_run_javascript(napi_env env) {
  bool pending = false;
  napi_status status = napi_is_exception_pending(env, &pending);
  if (status != napi_ok) return status;
  return pending ? napi_pending_exception : napi_ok;
}

// Makes an exception that V8 threw one that Node-API knows of.
inline napi_status hand_over(napi_env env, v8::TryCatch& caught) {
  if (!caught.HasCaught()) return napi_generic_failure;
  // After termination there is no exception to keep, and nothing runs any more.
  if (caught.HasTerminated()) {
    caught.ReThrow();
    return napi_pending_exception;
  }
  v8::Local<v8::Value> exception = caught.Exception();
  caught.Reset();
  napi_status status = napi_throw(env, to_napi(exception));
  return status == napi_ok ? napi_pending_exception : status;
}

// UTF-8 text that ends with a NUL, as an internalized string. False if it is too long for V8.
inline bool internalized(v8::Isolate* isolate, const char* utf8, v8::Local<v8::String>* result) {
  return v8::String::NewFromUtf8(isolate, utf8, v8::NewStringType::kInternalized).ToLocal(result);
}

}  // namespace v8_gap
