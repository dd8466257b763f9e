#include <nan.h>

static Nan::Persistent<v8::Function> constructor;

class Counter : public Nan::ObjectWrap {
 public:
  static NAN_MODULE_INIT(Init) {
    v8::Local<v8::FunctionTemplate> tpl = Nan::New<v8::FunctionTemplate>(New);
    tpl->InstanceTemplate()->SetInternalFieldCount(1);
    tpl->Inherit(Nan::New<v8::FunctionTemplate>(Base));
    Nan::SetPrototypeMethod(tpl, "sum", Sum);
  }

 private:
  static NAN_METHOD(Sum) {
    Counter* self = Nan::ObjectWrap::Unwrap<Counter>(info.This());
    v8::Local<v8::Array> values = info[0].As<v8::Array>();
    double sum = 0;
    for (uint32_t i = 0; i < values->Length(); i++) {
      sum += Nan::To<double>(Nan::Get(values, i).ToLocalChecked()).FromJust();
    }
    uv_queue_work(uv_default_loop(), &self->work, Work, After);
    info.GetReturnValue().Set(sum);
  }
};

NODE_MODULE(counter, Counter::Init)
