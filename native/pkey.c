/*
 * RSA and ECDSA on a digest that somebody else computed, and RSA-OAEP off the event loop: OpenSSL's EVP_PKEY_sign, _verify and
 * _decrypt, which Node has inside and does not show (its sign() hashes by itself, its privateDecrypt() blocks). OpenSSL's
 * own code is constant-time; scalar arithmetic in JavaScript would not be. Works on the threads of libuv, on copies that
 * are erased afterwards.
 */
#include "pkey.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum operation { SIGN = 0, VERIFY = 1, DECRYPT = 2 };

/* REFUSED: the signature or the ciphertext is wrong. FAILED: the key or the parameters are, which is the caller's defect. */
enum outcome { FAILED, REFUSED, DONE };

struct bytes {
  unsigned char *data;
  size_t length;
};

struct job {
  napi_async_work work;
  napi_deferred deferred;
  int32_t operation;
  int32_t padding; /* RSA_*_PADDING, or 0 for keys that are not RSA */
  char hash[16];
  struct bytes key, input, signature, output;
  enum outcome outcome;
};

static void erase(struct bytes *bytes) {
  OPENSSL_clear_free(bytes->data, bytes->length);
  bytes->data = NULL;
}

static void free_job(struct job *job) {
  erase(&job->key);
  erase(&job->input);
  erase(&job->signature);
  erase(&job->output);
  OPENSSL_free(job);
}

/* PKCS#8 for the private operations, SubjectPublicKeyInfo for VERIFY; nothing may follow it. */
static EVP_PKEY *read_key(const struct job *job) {
  const unsigned char *at = job->key.data;
  const unsigned char *end = at + job->key.length;
  EVP_PKEY *key = NULL;
  if (job->operation == VERIFY) {
    key = d2i_PUBKEY(NULL, &at, (long)job->key.length);
  } else {
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)job->key.length);
    if (info != NULL) key = EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
  }
  if (key != NULL && at != end) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  return key;
}

static bool prepare(const struct job *job, EVP_PKEY_CTX *context) {
  const EVP_MD *hash = EVP_get_digestbyname(job->hash);
  if (hash == NULL) return false;
  if (job->operation == SIGN ? EVP_PKEY_sign_init(context) <= 0
      : job->operation == VERIFY ? EVP_PKEY_verify_init(context) <= 0
                                 : EVP_PKEY_decrypt_init(context) <= 0)
    return false;
  if (job->padding != 0 && EVP_PKEY_CTX_set_rsa_padding(context, job->padding) <= 0) return false;
  if (job->operation == DECRYPT)
    return EVP_PKEY_CTX_set_rsa_oaep_md(context, hash) > 0 && EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) > 0;
  if (EVP_PKEY_CTX_set_signature_md(context, hash) <= 0) return false;
  if (job->padding != RSA_PKCS1_PSS_PADDING) return true;
  return EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

/*
 * RSA's signatures and ciphertexts are as long as the modulus, and nothing else is one (RFC 8017, sections 7.1.2, 8.1.2 and
 * 8.2.2, step 1). OpenSSL takes shorter ones for PSS and OAEP: without a leading zero, one signature has two forms.
 */
static bool has_block_length(const struct job *job, const EVP_PKEY *key, const struct bytes *block) {
  return job->padding == 0 || block->length == (size_t)EVP_PKEY_get_size(key);
}

static enum outcome perform(struct job *job, const EVP_PKEY *key, EVP_PKEY_CTX *context) {
  const struct bytes *input = &job->input;
  if (job->operation == DECRYPT && !has_block_length(job, key, input)) return REFUSED;
  if (job->operation == VERIFY) {
    const struct bytes *signature = &job->signature;
    if (!has_block_length(job, key, signature)) return REFUSED;
    bool good = EVP_PKEY_verify(context, signature->data, signature->length, input->data, input->length) == 1;
    return good ? DONE : REFUSED;
  }
  int (*run)(EVP_PKEY_CTX *, unsigned char *, size_t *, const unsigned char *, size_t) =
      job->operation == SIGN ? EVP_PKEY_sign : EVP_PKEY_decrypt;
  size_t length = 0;
  if (run(context, NULL, &length, input->data, input->length) <= 0) return FAILED;
  job->output.data = OPENSSL_zalloc(length);
  if (job->output.data == NULL) return FAILED;
  job->output.length = length;
  if (run(context, job->output.data, &length, input->data, input->length) <= 0)
    return job->operation == DECRYPT ? REFUSED : FAILED;
  job->output.length = length;
  return DONE;
}

static void execute(napi_env env, void *data) {
  (void)env;
  struct job *job = data;
  EVP_PKEY *key = read_key(job);
  EVP_PKEY_CTX *context = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
  job->outcome = context != NULL && prepare(job, context) ? perform(job, key, context) : FAILED;
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
  ERR_clear_error(); /* the next user of this thread must not take our errors for its own */
}

/* Resolves to the signature or plaintext, true for a good signature, or null when REFUSED. */
static void complete(napi_env env, napi_status status, void *data) {
  struct job *job = data;
  napi_value result = NULL;
  if (status == napi_ok && job->outcome == DONE && job->operation == VERIFY) napi_get_boolean(env, true, &result);
  if (status == napi_ok && job->outcome == DONE && job->operation != VERIFY)
    napi_create_buffer_copy(env, job->output.length, job->output.data, NULL, &result);
  if (status == napi_ok && job->outcome == REFUSED) napi_get_null(env, &result);
  if (result != NULL) {
    napi_resolve_deferred(env, job->deferred, result);
  } else {
    napi_value message, error;
    napi_create_string_utf8(env, "the key does not do this", NAPI_AUTO_LENGTH, &message);
    napi_create_error(env, NULL, message, &error);
    napi_reject_deferred(env, job->deferred, error);
  }
  napi_delete_async_work(env, job->work);
  free_job(job);
}

static bool copy_buffer(napi_env env, napi_value value, struct bytes *bytes) {
  void *data;
  size_t length;
  if (napi_get_buffer_info(env, value, &data, &length) != napi_ok) return false;
  bytes->data = OPENSSL_malloc(length == 0 ? 1 : length);
  if (bytes->data == NULL) return false;
  if (length > 0) memcpy(bytes->data, data, length);
  bytes->length = length;
  return true;
}

/* pkeyOperation(operation, padding, hash, key, input, signature) -> Promise */
napi_value pkey_operation(napi_env env, napi_callback_info info) {
  napi_value arguments[6], promise, name;
  size_t count = 6, length;
  struct job *job = OPENSSL_zalloc(sizeof *job);
  if (job == NULL) return NULL;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 6 ||
      napi_get_value_int32(env, arguments[0], &job->operation) != napi_ok || job->operation < SIGN ||
      job->operation > DECRYPT || napi_get_value_int32(env, arguments[1], &job->padding) != napi_ok ||
      napi_get_value_string_latin1(env, arguments[2], job->hash, sizeof job->hash, &length) != napi_ok ||
      !copy_buffer(env, arguments[3], &job->key) || !copy_buffer(env, arguments[4], &job->input) ||
      !copy_buffer(env, arguments[5], &job->signature)) {
    free_job(job);
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "operation, padding, hash, key, input, signature");
    return NULL;
  }
  if (napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
      napi_create_string_utf8(env, "pkeyOperation", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, NULL, name, execute, complete, job, &job->work) != napi_ok ||
      napi_queue_async_work(env, job->work) != napi_ok) {
    free_job(job);
    napi_throw_error(env, NULL, "no thread took the work");
    return NULL;
  }
  return promise;
}
