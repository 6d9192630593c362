package flash

import (
	"fmt"

	"wattkiosk/ota/bundle"
)

// Codes of a refusal that this package decides. Nothing was written then, except for
// ReadBack.
const (
	NoDisk     bundle.Code = "no-disk"     // the bundle has no disk: it is an update
	WrongBoard bundle.Code = "wrong-board" // it is another board's
	TooSmall   bundle.Code = "too-small"   // the target is smaller than the image
	BadImage   bundle.Code = "bad-image"   // the image has no table that can be moved
	BelowFloor bundle.Code = "floor"       // the target holds a board whose floor is higher
	InUse      bundle.Code = "in-use"      // this machine uses the target
	NotADisk   bundle.Code = "not-a-disk"  // the target is a partition, or no disk
	ReadOnly   bundle.Code = "read-only"   // the target is write-protected
	Enrolling  bundle.Code = "enrolment"   // the enrolment is wrong, or cannot be put onto the boot partition
	BadSite    bundle.Code = "site"        // the site's settings are no TOML
	ReadBack   bundle.Code = "read-back"   // the target does not hold what was written: it must not be used
)

func refuse(c bundle.Code, format string, args ...any) error {
	return &bundle.Error{Code: c, Detail: fmt.Sprintf(format, args...)}
}
