// Contract: table/src/backing_store.rs.
#include "environment.h"
#include "extensions.h"

#include <cstdlib>
#include <memory>

namespace v8_gap {

namespace {

using Store = std::shared_ptr<v8::BackingStore>;

node_api_backing_store share(Store store) {
  return reinterpret_cast<node_api_backing_store>(new Store(std::move(store)));
}

// The memory of a value, and which part of it the value covers; an empty store if the value has none.
struct Extent {
  Store store;
  size_t offset = 0;
  size_t length = 0;
};

Extent extent_of(v8::Local<v8::Value> value) {
  if (value->IsArrayBuffer()) {
    Store store = value.As<v8::ArrayBuffer>()->GetBackingStore();
    return {store, 0, value.As<v8::ArrayBuffer>()->ByteLength()};
  }
  if (value->IsSharedArrayBuffer()) {
    Store store = value.As<v8::SharedArrayBuffer>()->GetBackingStore();
    return {store, 0, value.As<v8::SharedArrayBuffer>()->ByteLength()};
  }
  // A small typed array lives on V8's heap until its buffer is asked for.
  v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
  return {view->Buffer()->GetBackingStore(), view->ByteOffset(), view->ByteLength()};
}

napi_status retain(napi_env env, napi_value value, node_api_backing_store* result, void** data, size_t* length) {
  if (env == nullptr || value == nullptr || result == nullptr) return napi_invalid_arg;
  if (current_isolate() == nullptr) return napi_generic_failure;
  v8::Local<v8::Value> local = to_local(value);
  if (!local->IsArrayBuffer() && !local->IsSharedArrayBuffer() && !local->IsArrayBufferView()) {
    return napi_arraybuffer_expected;
  }
  Extent extent = extent_of(local);
  if (data != nullptr) {
    bool is_empty = extent.store == nullptr || extent.length == 0;
    *data = is_empty ? nullptr : static_cast<char*>(extent.store->Data()) + extent.offset;
  }
  if (length != nullptr) *length = extent.length;
  *result = share(std::move(extent.store));
  return napi_ok;
}

napi_status release(node_api_backing_store store) {
  if (store == nullptr) return napi_invalid_arg;
  delete reinterpret_cast<Store*>(store);
  return napi_ok;
}

napi_status allocate(size_t length, node_api_backing_store* result, void** data) {
  if (result == nullptr || data == nullptr) return napi_invalid_arg;
#ifdef V8_ENABLE_SANDBOX
  return napi_generic_failure;
#else
  if (length > v8::ArrayBuffer::kMaxByteLength) return napi_invalid_arg;
  void* memory = length == 0 ? nullptr : std::calloc(length, 1);
  if (memory == nullptr && length > 0) return napi_generic_failure;
  *result = share(v8::ArrayBuffer::NewBackingStore(
      memory, length, [](void* freed, size_t, void*) { std::free(freed); }, nullptr));
  *data = memory;
  return napi_ok;
#endif
}

napi_status adopt(napi_env env, node_api_backing_store store, napi_value* result) {
  if (env == nullptr || store == nullptr || result == nullptr) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  auto* held = reinterpret_cast<Store*>(store);
  if (*held == nullptr) {
    *result = to_napi(v8::ArrayBuffer::New(isolate, 0));
  } else if ((*held)->IsShared() || (*held)->IsResizableByUserJavaScript()) {
    return napi_arraybuffer_expected;
  } else {
    *result = to_napi(v8::ArrayBuffer::New(isolate, *held));
  }
  delete held;
  return napi_ok;
}

}  // namespace

extern const node_api_backing_store_functions backing_store = {retain, release, allocate, adopt};

}  // namespace v8_gap
