/*
 * The few PKCS#11 2.40 types and functions that the addon calls (OASIS "PKCS #11 Cryptographic Token Interface Base
 * Specification", sections 3 and 5). On Unix the structures are not packed and CK_ULONG is `unsigned long`.
 */
#ifndef CLAVIGER_CRYPTOKI_H
#define CLAVIGER_CRYPTOKI_H

typedef unsigned long ck_ulong;
typedef ck_ulong ck_rv;

struct ck_version {
  unsigned char major;
  unsigned char minor;
};

struct ck_attribute {
  ck_ulong type;
  void *value;
  ck_ulong value_length;
};

struct ck_mechanism {
  ck_ulong mechanism;
  void *parameter;
  ck_ulong parameter_length;
};

typedef void (*ck_function)(void);
typedef ck_rv (*ck_generate_key_pair)(ck_ulong session, struct ck_mechanism *mechanism,
                                      struct ck_attribute *public_template, ck_ulong public_count,
                                      struct ck_attribute *private_template, ck_ulong private_count,
                                      ck_ulong *public_key, ck_ulong *private_key);

/* Positions in CK_FUNCTION_LIST, counted from C_Initialize = 0 (the order is fixed by the specification). */
enum { CK_INDEX_GENERATE_KEY_PAIR = 59, CK_FUNCTION_COUNT = 68 };

struct ck_function_list {
  struct ck_version version;
  ck_function functions[CK_FUNCTION_COUNT];
};

typedef ck_rv (*ck_get_function_list)(struct ck_function_list **list);

#endif
