/*
 * What neither Node nor pkcs11js can do, and nothing else: a C_GenerateKeyPair whose private template carries nested
 * templates, an advisory lock on a file, a listening socket that is only handed on, a datagram to the service manager, the
 * process limits that keep secrets out of core dumps, emptying OpenSSL's error queue, and OpenSSL's operations on digests (pkey.c).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cryptoki.h"
#include "pkey.h"

#define MAX_ATTRIBUTES 64
/* A template in a template is what PKCS#11 has (CKA_UNWRAP_TEMPLATE); nothing nests deeper. */
#define MAX_DEPTH 2
/* Connections that wait; the kernel has a limit of its own (net.core.somaxconn). */
#define BACKLOG 4096

struct template {
  struct ck_attribute attributes[MAX_ATTRIBUTES];
  uint32_t count;
  struct template *nested[MAX_ATTRIBUTES];
};

static napi_value throw_code(napi_env env, const char *code, const char *message) {
  napi_throw_error(env, code, message);
  return NULL;
}

static napi_value throw_errno(napi_env env, const char *what, int number) {
  char code[16];
  char message[160];
  snprintf(code, sizeof code, "ERRNO_%d", number);
  snprintf(message, sizeof message, "%s: %s", what, strerror(number));
  return throw_code(env, number == EWOULDBLOCK ? "ELOCKED" : code, message);
}

static void free_template(struct template *template) {
  if (template == NULL) return;
  for (uint32_t i = 0; i < template->count; i++) free_template(template->nested[i]);
  free(template);
}

static bool read_ulong(napi_env env, napi_value value, ck_ulong *result) {
  int64_t number;
  if (napi_get_value_int64(env, value, &number) != napi_ok || number < 0) return false;
  *result = (ck_ulong)number;
  return true;
}

/* Handles cross the border as pkcs11js has them: the bytes of a CK_ULONG. */
static bool read_handle(napi_env env, napi_value value, ck_ulong *result) {
  void *bytes;
  size_t length;
  bool is_buffer = false;
  if (napi_is_buffer(env, value, &is_buffer) != napi_ok || !is_buffer) return false;
  if (napi_get_buffer_info(env, value, &bytes, &length) != napi_ok || length != sizeof *result) return false;
  memcpy(result, bytes, sizeof *result);
  return true;
}

/*
 * Reads [[type, Buffer | template], ...]. The attributes point into the buffers, which the caller's arguments keep
 * alive for the length of the call. Returns NULL when the shape is wrong.
 */
static struct template *read_template(napi_env env, napi_value list, int depth) {
  bool is_array = false;
  uint32_t count;
  if (depth > MAX_DEPTH || napi_is_array(env, list, &is_array) != napi_ok || !is_array) return NULL;
  if (napi_get_array_length(env, list, &count) != napi_ok || count > MAX_ATTRIBUTES) return NULL;
  struct template *template = calloc(1, sizeof *template);
  if (template == NULL) return NULL;
  for (uint32_t i = 0; i < count; i++) {
    napi_value pair, type, value;
    struct ck_attribute *attribute = &template->attributes[i];
    bool is_buffer = false;
    template->count = i + 1;
    if (napi_get_element(env, list, i, &pair) != napi_ok || napi_get_element(env, pair, 0, &type) != napi_ok ||
        napi_get_element(env, pair, 1, &value) != napi_ok || !read_ulong(env, type, &attribute->type) ||
        napi_is_buffer(env, value, &is_buffer) != napi_ok)
      goto wrong;
    if (is_buffer) {
      size_t length;
      if (napi_get_buffer_info(env, value, &attribute->value, &length) != napi_ok) goto wrong;
      attribute->value_length = length;
    } else {
      template->nested[i] = read_template(env, value, depth + 1);
      if (template->nested[i] == NULL) goto wrong;
      attribute->value = template->nested[i]->attributes;
      attribute->value_length = template->nested[i]->count * sizeof(struct ck_attribute);
    }
  }
  return template;
wrong:
  free_template(template);
  return NULL;
}

/*
 * generateKeyPair(modulePath, session, mechanism, publicTemplate, privateTemplate) -> [publicKey, privateKey].
 * dlopen of a library that is already loaded gives that same instance, with its sessions.
 */
static napi_value generate_key_pair(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  size_t count = 5;
  size_t path_length;
  char path[4096];
  ck_ulong session;
  struct ck_mechanism mechanism = {0, NULL, 0};
  struct template *public_template = NULL, *private_template = NULL;
  napi_value result = NULL;

  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 5 ||
      napi_get_value_string_utf8(env, arguments[0], path, sizeof path, &path_length) != napi_ok ||
      path_length >= sizeof path - 1 || !read_handle(env, arguments[1], &session) ||
      !read_ulong(env, arguments[2], &mechanism.mechanism))
    return throw_code(env, "ERR_INVALID_ARG_TYPE", "modulePath, session or mechanism is not what it should be");
  public_template = read_template(env, arguments[3], 1);
  private_template = read_template(env, arguments[4], 1);
  if (public_template == NULL || private_template == NULL) {
    throw_code(env, "ERR_INVALID_ARG_TYPE", "a template is not a list of [type, Buffer | template]");
    goto done;
  }

  void *library = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
  if (library == NULL) {
    throw_code(env, "ERR_MODULE_NOT_LOADED", "the PKCS#11 module is not loaded in this process");
    goto done;
  }
  union {
    void *symbol;
    ck_get_function_list function;
  } entry = {.symbol = dlsym(library, "C_GetFunctionList")};
  struct ck_function_list *functions = NULL;
  if (entry.symbol == NULL || entry.function(&functions) != 0 || functions == NULL || functions->version.major != 2) {
    throw_code(env, "ERR_MODULE_NOT_LOADED", "the library has no PKCS#11 2.x function list");
  } else {
    ck_ulong handles[2];
    ck_generate_key_pair generate = (ck_generate_key_pair)functions->functions[CK_INDEX_GENERATE_KEY_PAIR];
    ck_rv rv = generate(session, &mechanism, public_template->attributes, public_template->count,
                        private_template->attributes, private_template->count, &handles[0], &handles[1]);
    if (rv != 0) {
      char message[64];
      /* The form in which pkcs11js reports too, so that one place can read both. */
      snprintf(message, sizeof message, "CKR_UNNAMED:%lu", rv);
      napi_throw_error(env, NULL, message);
    } else if (napi_create_array_with_length(env, 2, &result) == napi_ok) {
      for (uint32_t i = 0; i < 2; i++) {
        napi_value handle;
        napi_create_buffer_copy(env, sizeof handles[i], &handles[i], NULL, &handle);
        napi_set_element(env, result, i, handle);
      }
    }
  }
  dlclose(library);
done:
  free_template(public_template);
  free_template(private_template);
  return result;
}

/* lockFile(path) -> fd. The lock lives as long as the descriptor, so the kernel frees it when the process dies. */
static napi_value lock_file(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  size_t count = 1, length;
  char path[4096];
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_value_string_utf8(env, argument, path, sizeof path, &length) != napi_ok || length >= sizeof path - 1)
    return throw_code(env, "ERR_INVALID_ARG_TYPE", "path is not a string");
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return throw_errno(env, "cannot open the lock file", errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    int number = errno;
    close(fd);
    return throw_errno(env, "cannot lock the file", number);
  }
  napi_create_int32(env, fd, &result);
  return result;
}

/* sendDatagram(path, text): to a Unix socket, which Node cannot. A path that begins with @ is in the abstract name space. */
static napi_value send_datagram(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2, path_length, length;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char text[1024];
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 2 ||
      napi_get_value_string_utf8(env, arguments[0], address.sun_path, sizeof address.sun_path, &path_length) != napi_ok ||
      path_length == 0 || path_length >= sizeof address.sun_path - 1 ||
      napi_get_value_string_utf8(env, arguments[1], text, sizeof text, &length) != napi_ok || length >= sizeof text - 1)
    return throw_code(env, "ERR_INVALID_ARG_VALUE", "sendDatagram(path, text)");
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return throw_errno(env, "socket", errno);
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_length);
  ssize_t sent = sendto(fd, text, length, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  int number = errno;
  close(fd);
  return sent < 0 ? throw_errno(env, "cannot send", number) : NULL;
}

static int listen_at(const struct addrinfo *address, bool shared) {
  int on = 1, off = 0;
  int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      (!shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
      (address->ai_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
      bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
    return fd;
  int number = errno;
  close(fd);
  errno = number;
  return -1;
}

/*
 * listenTcp(host, port, shared) -> [fd, port]. Nobody accepts here: the descriptor is inherited by processes that do, and
 * connections wait in it while none of them runs. shared: several such sockets have the port, and the kernel spreads
 * connections over them.
 */
static napi_value listen_tcp(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result, number;
  size_t count = 3, length;
  char host[256], service[8];
  int32_t port;
  bool shared;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 3 ||
      napi_get_value_string_utf8(env, arguments[0], host, sizeof host, &length) != napi_ok || length >= sizeof host - 1 ||
      napi_get_value_int32(env, arguments[1], &port) != napi_ok || port < 0 || port > 65535 ||
      napi_get_value_bool(env, arguments[2], &shared) != napi_ok)
    return throw_code(env, "ERR_INVALID_ARG_TYPE", "listenTcp(host, port, shared)");
  snprintf(service, sizeof service, "%d", (int)port);
  struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  struct addrinfo *addresses = NULL;
  int failure = getaddrinfo(host, service, &hints, &addresses);
  if (failure != 0) return throw_code(env, "ENOTFOUND", gai_strerror(failure));
  int fd = -1;
  for (struct addrinfo *at = addresses; at != NULL && fd < 0; at = at->ai_next) fd = listen_at(at, shared);
  int reason = errno;
  freeaddrinfo(addresses);
  if (fd < 0) return throw_errno(env, "cannot listen", reason);
  struct sockaddr_storage bound;
  socklen_t size = sizeof bound;
  if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0) {
    reason = errno;
    close(fd);
    return throw_errno(env, "getsockname", reason);
  }
  port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                           : ((struct sockaddr_in *)&bound)->sin_port);
  napi_create_array_with_length(env, 2, &result);
  napi_create_int32(env, fd, &number);
  napi_set_element(env, result, 0, number);
  napi_create_int32(env, port, &number);
  napi_set_element(env, result, 1, number);
  return result;
}

/* hardenProcess(): no core dump, no ptrace or /proc/<pid>/mem by other processes of the same user. */
static napi_value harden_process(napi_env env, napi_callback_info info) {
  (void)info;
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return throw_errno(env, "setrlimit(RLIMIT_CORE)", errno);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return throw_errno(env, "prctl(PR_SET_DUMPABLE)", errno);
  return NULL;
}

/* clearOpenSslErrors(). RTLD_DEFAULT finds the OpenSSL that Node itself uses; one that Node does not share needs nothing. */
static napi_value clear_openssl_errors(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  static union {
    void *symbol;
    void (*function)(void);
  } clear;
  static bool looked_up = false;
  if (!looked_up) {
    clear.symbol = dlsym(RTLD_DEFAULT, "ERR_clear_error");
    looked_up = true;
  }
  if (clear.symbol != NULL) clear.function();
  return NULL;
}

/*
 * Some modules (p11-kit's) make a new instance, with sessions of its own, at every C_GetFunctionList. Then this library
 * stands in for the module: it asks once, and everybody who loads it as a PKCS#11 module gets that one instance.
 */
static struct ck_function_list *shared_functions = NULL;

__attribute__((visibility("default"))) ck_rv C_GetFunctionList(struct ck_function_list **functions) {
  if (shared_functions == NULL || functions == NULL) return 5; /* CKR_GENERAL_ERROR */
  *functions = shared_functions;
  return 0;
}

/* shareFunctionList(modulePath): loads the module for good, and keeps its function list. */
static napi_value share_function_list(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1, length;
  char path[4096];
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_value_string_utf8(env, argument, path, sizeof path, &length) != napi_ok || length >= sizeof path - 1)
    return throw_code(env, "ERR_INVALID_ARG_VALUE", "shareFunctionList(modulePath)");
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return throw_code(env, "ERR_MODULE_NOT_LOADED", dlerror());
  union {
    void *symbol;
    ck_get_function_list function;
  } entry = {.symbol = dlsym(library, "C_GetFunctionList")};
  if (entry.symbol == NULL || entry.function(&shared_functions) != 0 || shared_functions == NULL)
    return throw_code(env, "ERR_MODULE_NOT_LOADED", "the library has no PKCS#11 function list");
  return NULL;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback function;
  } exported[] = {{"generateKeyPair", generate_key_pair}, {"lockFile", lock_file}, {"hardenProcess", harden_process},
                  {"clearOpenSslErrors", clear_openssl_errors}, {"shareFunctionList", share_function_list}, {"pkeyOperation", pkey_operation},
                  {"listenTcp", listen_tcp}, {"sendDatagram", send_datagram}};
  for (size_t i = 0; i < sizeof exported / sizeof exported[0]; i++) {
    napi_value function;
    if (napi_create_function(env, exported[i].name, NAPI_AUTO_LENGTH, exported[i].function, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, exported[i].name, function) != napi_ok)
      return NULL;
  }
  return exports;
}
