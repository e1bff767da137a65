package check

import "github.com/hubdata/hubdata/coco"

// NotChecked is the code of what a check had to leave out.
const NotChecked coco.Code = "not-checked"

// reportRules are those about the check itself.
var reportRules = []Rule{
	{Code: NotChecked, Severity: coco.SeverityNote, About: "something was not checked",
		Why: "it needs data that are not there, or more time than a check may take"},
}
