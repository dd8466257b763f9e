// Contract: table/src/wrapped_class.rs.
#include "callback.h"
#include "extensions.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace v8_gap {

namespace {

// Where an instance keeps its native object.
constexpr int kInstance = 0;
constexpr int kFields = 1;

struct Instance;

// A class, with everything that lives as long as its environment.
struct Class {
  napi_env env = nullptr;
  node_api_constructor constructor = nullptr;
  decltype(node_api_class_definition::finalize) finalize = nullptr;
  void* data = nullptr;
  int argc = 0;
  v8::Global<v8::FunctionTemplate> shape;
  // Those of the parent first, so that a method has one index in all classes that have it.
  std::vector<Function> methods;
  // All instances, so that they are freed with the environment.
  Instance* first = nullptr;

  ~Class();
};

// One JavaScript object with its native object; in its class's list.
struct Instance {
  void* self;
  // The class's, here because every call reads it.
  const Function* methods;
  Class* cls;
  Instance* next;
  Instance** link;
  v8::Global<v8::Object> object;

  Instance(v8::Isolate* isolate, v8::Local<v8::Object> js, void* native, Class* owner)
      : self(native), methods(owner->methods.data()), cls(owner), next(owner->first), link(&owner->first), object(isolate, js) {
    if (next != nullptr) next->link = &next;
    owner->first = this;
    object.SetWeak(this, Collected, v8::WeakCallbackType::kParameter);
  }

  ~Instance() {
    *link = next;
    if (next != nullptr) next->link = link;
    if (cls->finalize != nullptr) cls->finalize(self, cls->data);
  }

  // V8 wants the handle gone in the first pass; what the finalizer does can wait for the second.
  static void Collected(const v8::WeakCallbackInfo<Instance>& info) {
    info.GetParameter()->object.Reset();
    info.SetSecondPassCallback([](const v8::WeakCallbackInfo<Instance>& second) { delete second.GetParameter(); });
  }
};

Class::~Class() {
  while (first != nullptr) delete first;
}

#if V8_MAJOR_VERSION >= 14
constexpr v8::EmbedderDataTypeTag kTag = v8::kEmbedderDataTypeTagDefault;

void set_instance(v8::Local<v8::Object> object, Instance* instance) {
  object->SetAlignedPointerInInternalField(kInstance, instance, kTag);
}

Instance* instance_of(v8::Isolate* isolate, v8::Local<v8::Object> object) {
  return static_cast<Instance*>(object->GetAlignedPointerFromInternalField(isolate, kInstance, kTag));
}
#else
void set_instance(v8::Local<v8::Object> object, Instance* instance) {
  object->SetAlignedPointerInInternalField(kInstance, instance);
}

Instance* instance_of(v8::Isolate* isolate, v8::Local<v8::Object> object) {
  return static_cast<Instance*>(object->GetAlignedPointerFromInternalField(isolate, kInstance));
}
#endif

void throw_type_error(v8::Isolate* isolate, const char* text) {
  v8::Local<v8::String> message;
  if (internalized(isolate, text, &message)) isolate->ThrowException(v8::Exception::TypeError(message));
}

void Construct(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  Class* cls = static_cast<Class*>(info.Data().As<v8::External>()->Value());
  if (!info.IsConstructCall()) return throw_type_error(isolate, "A class constructor needs 'new'");
  set_instance(info.This(), nullptr);
  Arguments arguments(info, cls->argc);
  void* self =
      cls->constructor(cls->env, static_cast<size_t>(info.Length()), arguments.values(), cls->data);
  if (self == nullptr) {
    return throw_pending(cls->env, isolate, "the constructor made no native object and threw nothing");
  }
  set_instance(info.This(), new Instance(isolate, info.This(), self, cls));
}

// The method of an index, without looking up the function's data: that would be two calls into V8. V8 has checked
// the receiver against the method's signature.
template <size_t kMethod>
void Method(const Info& info) {
  Instance* instance = instance_of(info.GetIsolate(), info.This());
  if (instance == nullptr) return throw_type_error(info.GetIsolate(), "The object is not constructed yet");
  call(info, instance->self, instance->methods[kMethod]);
}

template <size_t... kMethods>
constexpr std::array<v8::FunctionCallback, sizeof...(kMethods)> callbacks(std::index_sequence<kMethods...>) {
  return {Method<kMethods>...};
}

constexpr auto kCallbacks = callbacks(std::make_index_sequence<NODE_API_MAX_METHODS>());

napi_status check(const node_api_class_definition* definition, napi_env env) {
  if (definition->utf8name == nullptr || definition->constructor == nullptr) return napi_invalid_arg;
  if (definition->argc > NODE_API_MAX_ARGUMENTS) return napi_invalid_arg;
  if (definition->method_count > 0 && definition->methods == nullptr) return napi_invalid_arg;
  for (size_t index = 0; index < definition->method_count; index++) {
    const node_api_method& method = definition->methods[index];
    if (method.utf8name == nullptr || method.callback == nullptr) return napi_invalid_arg;
    if (method.argc > NODE_API_MAX_ARGUMENTS) return napi_invalid_arg;
  }
  auto* parent = reinterpret_cast<Class*>(definition->parent);
  if (parent != nullptr && parent->env != env) return napi_invalid_arg;
  size_t inherited = parent == nullptr ? 0 : parent->methods.size();
  return definition->method_count > NODE_API_MAX_METHODS - inherited ? napi_invalid_arg : napi_ok;
}

bool add_method(v8::Isolate* isolate, v8::Local<v8::FunctionTemplate> shape, Class* cls,
                const node_api_method& method) {
  v8::Local<v8::String> name;
  if (!internalized(isolate, method.utf8name, &name)) return false;
  int argc = static_cast<int>(method.argc);
  auto function = v8::FunctionTemplate::New(isolate, kCallbacks[cls->methods.size()], v8::Local<v8::Value>(),
                                            v8::Signature::New(isolate, shape), argc,
                                            v8::ConstructorBehavior::kThrow);
  cls->methods.push_back(Function{cls->env, method.callback, method.data, argc});
  function->SetClassName(name);
  shape->PrototypeTemplate()->Set(name, function, v8::DontEnum);
  return true;
}

napi_status define(napi_env env, const node_api_class_definition* definition, node_api_class* result,
                   napi_value* constructor) {
  if (env == nullptr || definition == nullptr || result == nullptr || constructor == nullptr) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  if (napi_status status = check(definition, env); status != napi_ok) return status;
  if (napi_status status = can_run_javascript(env); status != napi_ok) return status;

  v8::Local<v8::String> name;
  if (!internalized(isolate, definition->utf8name, &name)) return napi_invalid_arg;
  auto cls = std::make_unique<Class>();
  cls->env = env;
  cls->constructor = definition->constructor;
  cls->finalize = definition->finalize;
  cls->data = definition->data;
  cls->argc = static_cast<int>(definition->argc);

  auto shape = v8::FunctionTemplate::New(isolate, Construct, v8::External::New(isolate, cls.get()),
                                         v8::Local<v8::Signature>(), cls->argc);
  shape->SetClassName(name);
  shape->InstanceTemplate()->SetInternalFieldCount(kFields);
  if (auto* parent = reinterpret_cast<Class*>(definition->parent); parent != nullptr) {
    shape->Inherit(parent->shape.Get(isolate));
    cls->methods = parent->methods;
  }
  for (size_t index = 0; index < definition->method_count; index++) {
    if (!add_method(isolate, shape, cls.get(), definition->methods[index])) return napi_invalid_arg;
  }
  cls->shape.Reset(isolate, shape);

  v8::TryCatch caught(isolate);
  v8::Local<v8::Function> function;
  if (!shape->GetFunction(isolate->GetCurrentContext()).ToLocal(&function)) return hand_over(env, caught);
  if (napi_status status = give_to_environment(cls.get()); status != napi_ok) return status;
  *constructor = to_napi(function);
  *result = reinterpret_cast<node_api_class>(cls.release());
  return napi_ok;
}

napi_status unwrap(napi_env env, node_api_class wrapped, napi_value value, void** result) {
  if (env == nullptr || wrapped == nullptr || value == nullptr || result == nullptr) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  v8::Local<v8::Value> local = to_local(value);
  if (!local->IsObject()) return napi_object_expected;
  if (!reinterpret_cast<Class*>(wrapped)->shape.Get(isolate)->HasInstance(local)) return napi_invalid_arg;
  Instance* instance = instance_of(isolate, local.As<v8::Object>());
  if (instance == nullptr) return napi_invalid_arg;
  *result = instance->self;
  return napi_ok;
}

}  // namespace

extern const node_api_wrapped_class_functions wrapped_class = {define, unwrap};

}  // namespace v8_gap
