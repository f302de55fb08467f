/* CSwasm: the C that Swift cannot write. One header per concept. */
#ifndef SWASM_CSWASM_H
#define SWASM_CSWASM_H

#include "audit.h"
#include "clock.h"
#include "lockdown.h"
#include "process.h"
#include "runtime.h"
#include "sha256.h"
#include "signals.h"
#include "trees.h"
#include "wasi.h"

#endif
