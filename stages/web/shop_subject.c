// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "stages/web/shop.h"

const char *const sl_shop_subject[SL_SHOP_SUBJECTS] = {
	"ARTS",	      "BIOGRAPHIES", "BUSINESS",       "CHILDREN",
	"COMPUTERS",  "COOKING",     "HEALTH",	       "HISTORY",
	"HOME",	      "HUMOR",	     "LITERATURE",     "MYSTERY",
	"NON-FICTION", "PARENTING",  "POLITICS",       "REFERENCE",
	"RELIGION",   "ROMANCE",     "SELF-HELP",      "SCIENCE-NATURE",
	"SCIENCE-FICTION", "SPORTS", "YOUTH",	       "TRAVEL",
};

const char *const sl_shop_shipping[SL_SHOP_SHIPPINGS] = {
	"AIR", "UPS", "FEDEX", "SHIP", "COURIER", "MAIL",
};
