// The script of every page of the admin: keys, the command bar, menus, confirmations, selections and order. Without it, all
// of them are plain links and forms.

import { watchConfirmations } from "./admin/confirm";
import { watchCopies } from "./admin/copy";
import { watchFocalPoints } from "./admin/focal";
import { watchMenus } from "./admin/menus";
import { watchPageFields } from "./admin/page_field";
import { watchProgress } from "./admin/progress";
import { watchOrders } from "./admin/reorder";
import { watchSelections } from "./admin/select";
import { listen } from "./admin/shortcuts";
import { watchUploads } from "./admin/uploads";

listen();
watchMenus();
watchConfirmations();
watchSelections();
watchOrders();
watchProgress();
watchPageFields();
watchFocalPoints();
watchUploads();
watchCopies();
