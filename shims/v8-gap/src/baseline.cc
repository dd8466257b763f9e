#include "baseline.h"

#include <array>
#include <memory>
#include <string_view>

namespace v8_gap {

namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

constexpr int kCounter = 0;
constexpr int kPropertyCount = 10;
constexpr std::array<std::string_view, kPropertyCount> kNames = {
    "dev", "ino", "mode", "nlink", "uid", "gid", "rdev", "size", "blksize", "blocks"};
constexpr int kElementCount = 14;

v8::Eternal<v8::DictionaryTemplate>* record_shape() {
  // An isolate runs on one thread.
  static thread_local v8::Eternal<v8::DictionaryTemplate> shape;
  return &shape;
}

v8::Eternal<v8::Private>* mark_key() {
  static thread_local v8::Eternal<v8::Private> key;
  return &key;
}

void Noop(const Info&) {}

// The native object of a Counter, freed with its JavaScript object as Node's BaseObject is.
struct Counter {
  int32_t count = 0;
  v8::Global<v8::Object> object;

  static void Collected(const v8::WeakCallbackInfo<Counter>& info) {
    info.GetParameter()->object.Reset();
    info.SetSecondPassCallback([](const v8::WeakCallbackInfo<Counter>& second) { delete second.GetParameter(); });
  }
};

void NewCounter(const Info& info) {
  auto* counter = new Counter();
#if V8_MAJOR_VERSION >= 14
  info.This()->SetAlignedPointerInInternalField(kCounter, counter, v8::kEmbedderDataTypeTagDefault);
#else
  info.This()->SetAlignedPointerInInternalField(kCounter, counter);
#endif
  counter->object.Reset(info.GetIsolate(), info.This());
  counter->object.SetWeak(counter, Counter::Collected, v8::WeakCallbackType::kParameter);
}

void Increment(const Info& info) {
#if V8_MAJOR_VERSION >= 14
  void* field = info.This()->GetAlignedPointerFromInternalField(info.GetIsolate(), kCounter,
                                                                v8::kEmbedderDataTypeTagDefault);
#else
  void* field = info.This()->GetAlignedPointerFromInternalField(info.GetIsolate(), kCounter);
#endif
  info.GetReturnValue().Set(++static_cast<Counter*>(field)->count);
}

// Ten numbers as fs.stat has them: the first is the argument, so that no object is like the one before.
void Record(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  double first = info[0].As<v8::Number>()->Value();
  std::array<v8::MaybeLocal<v8::Value>, kPropertyCount> values;
  for (int index = 0; index < kPropertyCount; index++) values[index] = v8::Number::New(isolate, first + index);
  info.GetReturnValue().Set(record_shape()->Get(isolate)->NewInstance(
      isolate->GetCurrentContext(), v8::MemorySpan<v8::MaybeLocal<v8::Value>>(values.data(), values.size())));
}

void Array(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  double first = info[0].As<v8::Number>()->Value();
  std::array<v8::Local<v8::Value>, kElementCount> values;
  for (int index = 0; index < kElementCount; index++) values[index] = v8::Number::New(isolate, first + index);
  info.GetReturnValue().Set(v8::Array::New(isolate, values.data(), values.size()));
}

void Sum(const Info& info) {
  v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
  v8::Local<v8::Array> array = info[0].As<v8::Array>();
  double sum = 0;
  for (uint32_t index = 0, length = array->Length(); index < length; index++) {
    v8::Local<v8::Value> element;
    if (!array->Get(context, index).ToLocal(&element)) return;
    sum += element.As<v8::Number>()->Value();
  }
  info.GetReturnValue().Set(sum);
}

void Add(const Info& info) {
  info.GetReturnValue().Set(info[0].As<v8::Int32>()->Value() + info[1].As<v8::Int32>()->Value() +
                            info[2].As<v8::Int32>()->Value());
}

// Copies a path as UTF-8, as Node's BufferValue does, and looks at both ends.
void PathEnds(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  char path[256];
  size_t length = info[0].As<v8::String>()->WriteUtf8V2(isolate, path, sizeof path,
                                                        v8::String::WriteFlags::kReplaceInvalidUtf8);
  int ends = length == 0 ? 0 : static_cast<uint8_t>(path[0]) + static_cast<uint8_t>(path[length - 1]);
  info.GetReturnValue().Set(ends);
}

// Looks at the characters where they are.
void TextEnds(const Info& info) {
  v8::String::ValueView view(info.GetIsolate(), info[0].As<v8::String>());
  uint32_t length = view.length();
  int ends = 0;
  if (length > 0) {
    ends = view.is_one_byte() ? view.data8()[0] + view.data8()[length - 1] : view.data16()[0] + view.data16()[length - 1];
  }
  info.GetReturnValue().Set(ends);
}

// Counts in a private property, as Node marks objects that it knows.
void Mark(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Object> object = info[0].As<v8::Object>();
  v8::Local<v8::Private> key = mark_key()->Get(isolate);
  v8::Local<v8::Value> held;
  if (!object->GetPrivate(context, key).ToLocal(&held)) return;
  int32_t count = held->IsInt32() ? held.As<v8::Int32>()->Value() + 1 : 1;
  if (object->SetPrivate(context, key, v8::Integer::New(isolate, count)).IsNothing()) return;
  info.GetReturnValue().Set(count);
}

// Holds the memory of a view as long as a job would, as Node's WriteFileJob does.
void Hold(const Info& info) {
  v8::Local<v8::ArrayBufferView> view = info[0].As<v8::ArrayBufferView>();
  std::shared_ptr<v8::BackingStore> store = view->Buffer()->GetBackingStore();
  info.GetReturnValue().Set(static_cast<int32_t>(static_cast<uint8_t*>(store->Data())[view->ByteOffset()]));
}

// Memory that is made away from any object, written, and becomes an ArrayBuffer.
void Adopt(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  std::unique_ptr<v8::BackingStore> store =
      v8::ArrayBuffer::NewBackingStore(isolate, info[0].As<v8::Uint32>()->Value());
  static_cast<uint8_t*>(store->Data())[0] = 7;
  info.GetReturnValue().Set(v8::ArrayBuffer::New(isolate, std::move(store)));
}

bool set(v8::Local<v8::Object> exports, const char* name, v8::Local<v8::FunctionTemplate> shape) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::String> key;
  v8::Local<v8::Function> function;
  return v8::String::NewFromUtf8(isolate, name).ToLocal(&key) && shape->GetFunction(context).ToLocal(&function) &&
         exports->Set(context, key, function).FromMaybe(false);
}

v8::Local<v8::FunctionTemplate> function(v8::FunctionCallback callback,
                                         v8::Local<v8::Signature> receiver = v8::Local<v8::Signature>()) {
  return v8::FunctionTemplate::New(v8::Isolate::GetCurrent(), callback, v8::Local<v8::Value>(), receiver, 0,
                                   v8::ConstructorBehavior::kThrow, v8::SideEffectType::kHasSideEffect);
}

}  // namespace

bool add_baseline(Value* value) noexcept {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Object> exports = to_local(value).As<v8::Object>();
  record_shape()->Set(isolate, v8::DictionaryTemplate::New(
                                   isolate, v8::MemorySpan<const std::string_view>(kNames.data(), kNames.size())));
  auto counter = v8::FunctionTemplate::New(isolate, NewCounter);
  counter->InstanceTemplate()->SetInternalFieldCount(1);
  counter->PrototypeTemplate()->Set(isolate, "increment",
                                    function(Increment, v8::Signature::New(isolate, counter)));
  // A class of its own that has only what it inherits.
  auto child = v8::FunctionTemplate::New(isolate, NewCounter);
  child->Inherit(counter);
  child->InstanceTemplate()->SetInternalFieldCount(1);
  mark_key()->Set(isolate, v8::Private::New(isolate));
  return set(exports, "noop", function(Noop)) && set(exports, "Counter", counter) && set(exports, "Child", child) &&
         set(exports, "mark", function(Mark)) && set(exports, "hold", function(Hold)) &&
         set(exports, "adopt", function(Adopt)) &&
         set(exports, "record", function(Record)) && set(exports, "array", function(Array)) &&
         set(exports, "sum", function(Sum)) && set(exports, "add", function(Add)) &&
         set(exports, "pathEnds", function(PathEnds)) && set(exports, "textEnds", function(TextEnds));
}

}  // namespace v8_gap
