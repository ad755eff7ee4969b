// The page editor: everything that the edit page of the admin loads beside admin.js.

import "./shell/editor";
