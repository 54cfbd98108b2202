#ifndef CLAVIGER_PKEY_H
#define CLAVIGER_PKEY_H

#include <node_api.h>

napi_value pkey_operation(napi_env env, napi_callback_info info);

#endif
