// Contract: table/src/array.rs.
#include "environment.h"
#include "extensions.h"

#include <limits>

namespace v8_gap {

namespace {

napi_status create(napi_env env, size_t count, const napi_value* values, napi_value* result) {
  if (env == nullptr || result == nullptr || (values == nullptr && count > 0)) return napi_invalid_arg;
  // V8 counts elements in an int, and aborts far below it; an array of a napi_value each has no use for more.
  if (count > (1u << 24)) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  for (size_t index = 0; index < count; index++) {
    if (values[index] == nullptr) return napi_invalid_arg;
  }
  // V8 only reads them, and its parameter says otherwise.
  auto* elements = reinterpret_cast<v8::Local<v8::Value>*>(const_cast<napi_value*>(values));
  *result = to_napi(v8::Array::New(isolate, elements, count));
  return napi_ok;
}

napi_status elements(napi_env env, napi_value value, uint32_t start, size_t capacity, napi_value* elements,
                     size_t* count) {
  if (env == nullptr || value == nullptr || count == nullptr) return napi_invalid_arg;
  if (elements == nullptr && capacity > 0) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  v8::Local<v8::Value> local = to_local(value);
  if (!local->IsArray()) return napi_array_expected;
  if (napi_status status = can_run_javascript(env); status != napi_ok) return status;

  v8::Local<v8::Array> array = local.As<v8::Array>();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::TryCatch caught(isolate);
  size_t written = 0;
  // The length is asked each time: an accessor may change it.
  for (uint64_t index = start; written < capacity && index < array->Length(); index++) {
    v8::Local<v8::Value> element;
    if (!array->Get(context, static_cast<uint32_t>(index)).ToLocal(&element)) return hand_over(env, caught);
    elements[written++] = to_napi(element);
  }
  *count = written;
  return napi_ok;
}

}  // namespace

extern const node_api_array_functions array = {create, elements};

}  // namespace v8_gap
