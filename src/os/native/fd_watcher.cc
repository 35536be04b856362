// FdWatcher(fd, callback): readiness of one descriptor on the event loop. It owns the descriptor and closes it.
#include "common.h"

#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <memory>

namespace os_native {

namespace {

class FdWatcher : public Napi::ObjectWrap<FdWatcher> {
 public:
  explicit FdWatcher(const Napi::CallbackInfo& info);
  ~FdWatcher() override;
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  static Napi::Function Define(Napi::Env env);

 private:
  Napi::Value Start(const Napi::CallbackInfo& info);
  Napi::Value Stop(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value RefHandle(const Napi::CallbackInfo& info);
  Napi::Value UnrefHandle(const Napi::CallbackInfo& info);

  static void OnPoll(uv_poll_t* handle, int status, int events);
  static void OnEnvironmentGone(void* data);

  void Report(int status, int events);
  // From here on the collector must not take the object: the event loop holds it.
  void KeepAlive();
  void LetGo();
  void Release();

  int fd_ = -1;
  // Lives until libuv's close callback, which may run after this object is gone; `data` is this object or null.
  uv_poll_t* handle_ = nullptr;
  bool started_ = false;
  Napi::FunctionReference callback_;
  std::unique_ptr<Napi::AsyncContext> context_;
};

FdWatcher::FdWatcher(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FdWatcher>(info) {
  Napi::Env env = info.Env();
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  if (!arguments.ok()) return;
  if (!info[1].IsFunction()) {
    Napi::TypeError::New(env, "argument 2 must be a function").ThrowAsJavaScriptException();
    return;
  }
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    ThrowSystemError(env, EINVAL, "uv_poll_init");
    return;
  }
  auto* handle = new uv_poll_t;
  const int result = uv_poll_init(loop, handle, fd);
  if (result < 0) {
    // Nothing was registered, and the descriptor stays the caller's.
    delete handle;
    ThrowSystemError(env, -result, "uv_poll_init");
    return;
  }
  handle->data = this;
  handle_ = handle;
  fd_ = fd;
  callback_ = Napi::Persistent(info[1].As<Napi::Function>());
  context_ = std::make_unique<Napi::AsyncContext>(env, "FdWatcher");
  napi_add_env_cleanup_hook(env, OnEnvironmentGone, this);
}

FdWatcher::~FdWatcher() { Release(); }

Napi::Function FdWatcher::Define(Napi::Env env) {
  return DefineClass(env, "FdWatcher",
                     {
                         InstanceMethod<&FdWatcher::Start>("start"),
                         InstanceMethod<&FdWatcher::Stop>("stop"),
                         InstanceMethod<&FdWatcher::Close>("close"),
                         InstanceMethod<&FdWatcher::RefHandle>("ref"),
                         InstanceMethod<&FdWatcher::UnrefHandle>("unref"),
                     });
}

// Also changes the mask of a watcher that runs: there can be one watcher for a descriptor only.
Napi::Value FdWatcher::Start(const Napi::CallbackInfo& info) {
  constexpr uint32_t kAll = UV_READABLE | UV_WRITABLE | UV_DISCONNECT | UV_PRIORITIZED;
  Napi::Env env = info.Env();
  Arguments arguments(info);
  const uint32_t events = arguments.Unsigned();
  if (!arguments.ok()) return env.Undefined();
  if (handle_ == nullptr || events == 0 || (events & ~kAll) != 0) {
    ThrowSystemError(env, handle_ == nullptr ? EBADF : EINVAL, "uv_poll_start");
    return env.Undefined();
  }
  const int result = uv_poll_start(handle_, static_cast<int>(events), OnPoll);
  if (result < 0) {
    ThrowSystemError(env, -result, "uv_poll_start");
    return env.Undefined();
  }
  KeepAlive();
  return env.Undefined();
}

Napi::Value FdWatcher::Stop(const Napi::CallbackInfo& info) {
  if (handle_ != nullptr) uv_poll_stop(handle_);
  LetGo();
  return info.Env().Undefined();
}

Napi::Value FdWatcher::Close(const Napi::CallbackInfo& info) {
  LetGo();
  Release();
  return info.Env().Undefined();
}

Napi::Value FdWatcher::RefHandle(const Napi::CallbackInfo& info) {
  if (handle_ != nullptr) uv_ref(reinterpret_cast<uv_handle_t*>(handle_));
  return info.Env().Undefined();
}

Napi::Value FdWatcher::UnrefHandle(const Napi::CallbackInfo& info) {
  if (handle_ != nullptr) uv_unref(reinterpret_cast<uv_handle_t*>(handle_));
  return info.Env().Undefined();
}

void FdWatcher::KeepAlive() {
  if (!started_) Ref();
  started_ = true;
}

void FdWatcher::LetGo() {
  if (started_) Unref();
  started_ = false;
}

// Touches no JavaScript: also runs from the finaliser and while the environment goes down.
void FdWatcher::Release() {
  if (handle_ == nullptr) return;
  uv_poll_t* handle = handle_;
  handle_ = nullptr;
  napi_remove_env_cleanup_hook(Env(), OnEnvironmentGone, this);
  // The order matters: closing the descriptor first would let its number be used again while epoll watches it.
  handle->data = nullptr;
  uv_poll_stop(handle);
  uv_close(reinterpret_cast<uv_handle_t*>(handle),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_poll_t*>(closed); });
  ::close(fd_);
  fd_ = -1;
}

// A worker that is terminated, or the end of the process: the handle must be off the loop before the loop is closed.
void FdWatcher::OnEnvironmentGone(void* data) { static_cast<FdWatcher*>(data)->Release(); }

void FdWatcher::OnPoll(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<FdWatcher*>(handle->data);
  if (self != nullptr) self->Report(status, events);
}

void FdWatcher::Report(int status, int events) {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  // The callback may close this watcher; this local keeps the object until we are back.
  const Napi::Object self = Value();
  // libuv has stopped the handle when it reports an error.
  if (status < 0) LetGo();
  // Plain N-API here: the C++ wrapper would throw where JavaScript cannot run any more, which is fatal. That is met in a
  // worker that is being terminated, whose loop still turns before the cleanup hooks run.
  const napi_value arguments[] = {Napi::Number::New(env, status), Napi::Number::New(env, events)};
  const napi_status called =
      napi_make_callback(env, *context_, self, callback_.Value(), 2, arguments, nullptr);
  if (called == napi_ok) return;
  bool pending = false;
  napi_value exception = nullptr;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    // Left pending, it would make the next call fail in a strange place: hand it to uncaughtException here.
    napi_fatal_exception(env, exception);
  } else if (handle_ != nullptr) {
    uv_poll_stop(handle_);
  }
}

}  // namespace

void ExportFdWatcher(Napi::Env env, Napi::Object exports) { exports.Set("FdWatcher", FdWatcher::Define(env)); }

}  // namespace os_native
