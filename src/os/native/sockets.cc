// Socket calls, all non-blocking. Addresses are raw bytes made and read by the caller.
#include "common.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace os_native {

namespace {

// Room for every family in use; the longest is sockaddr_un with 110 bytes.
constexpr size_t kAddressRoom = sizeof(sockaddr_storage);

Napi::Value Socket(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int family = arguments.Integer();
  const int type = arguments.Integer();
  const int protocol = arguments.Integer();
  if (!arguments.ok()) return info.Env().Undefined();
  return Outcome(info.Env(), ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol), "socket");
}

Napi::Value Bind(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const Bytes address = arguments.Buffer();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto* name = reinterpret_cast<const sockaddr*>(address.data);
  return Outcome(info.Env(), ::bind(fd, name, static_cast<socklen_t>(address.length)), "bind");
}

Napi::Value Connect(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const Bytes address = arguments.Buffer();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto* name = reinterpret_cast<const sockaddr*>(address.data);
  return Outcome(info.Env(), ::connect(fd, name, static_cast<socklen_t>(address.length)), "connect");
}

Napi::Value Listen(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const int backlog = arguments.Integer();
  if (!arguments.ok()) return info.Env().Undefined();
  return Outcome(info.Env(), ::listen(fd, backlog), "listen");
}

// The new descriptor, null when nobody is waiting, or a negative errno (EMFILE and the like).
Napi::Value Accept(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  if (!arguments.ok()) return info.Env().Undefined();
  for (;;) {
    const int accepted = ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted >= 0) return Napi::Number::New(info.Env(), accepted);
    if (errno == EAGAIN) return info.Env().Null();
    // A peer that gave up while it waited is no news; the next one may be there.
    if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) return Outcome(info.Env(), -1, "accept");
  }
}

Napi::Value Send(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const Bytes bytes = arguments.Buffer();
  const Bytes address = arguments.BufferOrNull();
  const int flags = arguments.Integer();
  if (!arguments.ok()) return info.Env().Undefined();
  // MSG_NOSIGNAL always: a peer that went away must not end the process with SIGPIPE.
  const ssize_t sent =
      ::sendto(fd, bytes.data, bytes.length, flags | MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(address.data), static_cast<socklen_t>(address.length));
  return Outcome(info.Env(), sent, "sendto");
}

// [true length, flags, address?]. No control room is given, so descriptors a peer passes are closed by the kernel.
Napi::Value Recv(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const Bytes into = arguments.Buffer();
  if (!arguments.ok()) return env.Undefined();
  alignas(sockaddr_storage) uint8_t name[kAddressRoom];
  iovec part = {into.data, into.length};
  msghdr message = {};
  message.msg_name = name;
  message.msg_namelen = sizeof name;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  // With MSG_TRUNC the result is the true length even where the message was cut.
  const ssize_t length = ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);
  if (length < 0) return Outcome(env, length, "recvmsg");
  const bool named = message.msg_namelen > 0 && message.msg_namelen <= sizeof name;
  Napi::Array result = Napi::Array::New(env, named ? 3 : 2);
  result.Set(0u, Napi::Number::New(env, static_cast<double>(length)));
  result.Set(1u, Napi::Number::New(env, message.msg_flags));
  if (named) result.Set(2u, Napi::Buffer<uint8_t>::Copy(env, name, message.msg_namelen));
  return result;
}

Napi::Value GetOption(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const int level = arguments.Integer();
  const int option = arguments.Integer();
  const uint32_t size = arguments.Unsigned();
  if (!arguments.ok()) return env.Undefined();
  constexpr uint32_t kLargest = 65536;
  if (size > kLargest) {
    ThrowSystemError(env, EINVAL, "getsockopt");
    return env.Undefined();
  }
  Napi::Buffer<uint8_t> value = Napi::Buffer<uint8_t>::New(env, size);
  socklen_t length = size;
  if (::getsockopt(fd, level, option, value.Data(), &length) < 0) return Outcome(env, -1, "getsockopt");
  return length == size ? value : Napi::Buffer<uint8_t>::Copy(env, value.Data(), length);
}

Napi::Value SetOption(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const int level = arguments.Integer();
  const int option = arguments.Integer();
  const Bytes value = arguments.Buffer();
  if (!arguments.ok()) return info.Env().Undefined();
  const int result = ::setsockopt(fd, level, option, value.data, static_cast<socklen_t>(value.length));
  return Outcome(info.Env(), result, "setsockopt");
}

Napi::Value GetSocketName(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  if (!arguments.ok()) return env.Undefined();
  alignas(sockaddr_storage) uint8_t name[kAddressRoom];
  socklen_t length = sizeof name;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(name), &length) < 0) {
    return Outcome(env, -1, "getsockname");
  }
  return Napi::Buffer<uint8_t>::Copy(env, name, length);
}

}  // namespace

void ExportSockets(Napi::Env env, Napi::Object exports) {
  exports.Set("socket", Napi::Function::New(env, Socket, "socket"));
  exports.Set("bind", Napi::Function::New(env, Bind, "bind"));
  exports.Set("connect", Napi::Function::New(env, Connect, "connect"));
  exports.Set("listen", Napi::Function::New(env, Listen, "listen"));
  exports.Set("accept", Napi::Function::New(env, Accept, "accept"));
  exports.Set("send", Napi::Function::New(env, Send, "send"));
  exports.Set("recv", Napi::Function::New(env, Recv, "recv"));
  exports.Set("getsockopt", Napi::Function::New(env, GetOption, "getsockopt"));
  exports.Set("setsockopt", Napi::Function::New(env, SetOption, "setsockopt"));
  exports.Set("getsockname", Napi::Function::New(env, GetSocketName, "getsockname"));
}

}  // namespace os_native
