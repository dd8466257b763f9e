#include "noop.h"

namespace v8_gap {

namespace {

void Noop(const v8::FunctionCallbackInfo<v8::Value>&) {}

}  // namespace

Value* create_noop() noexcept {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::FunctionTemplate> shape =
      v8::FunctionTemplate::New(isolate, Noop, v8::Local<v8::Value>(), v8::Local<v8::Signature>(), 0,
                                v8::ConstructorBehavior::kThrow, v8::SideEffectType::kHasSideEffect);
  v8::Local<v8::Function> function;
  if (!shape->GetFunction(context).ToLocal(&function)) return nullptr;
  return to_napi(function);
}

}  // namespace v8_gap
