#include "CSwasm.h"
