package people

import "slices"

// Roles of people.
const (
	RoleAccountant = "accountant" // reads, closes cases
	RoleCashier    = "cashier"    // reads, receives and remits cash
	RoleOperator   = "operator"   // and acts on postings
	RoleAdmin      = "admin"      // and manages people
	RoleAuditor    = "auditor"    // reads the audit log, and does nothing else
)

// User is a person who may log in. Version counts saves from 1: a session is of one
// version, and ends with it.
type User struct {
	Name      string
	Hash      string // argon2id, encoded
	Role      string
	Disabled  bool
	CreatedAt int64
	Version   int64
}

// Session is a login; Token is already hashed. SeenAt is when the person last did
// something.
type Session struct {
	Token     string
	Data      []byte
	ExpiresAt int64
	Who       string
	Source    string // address and browser it began from
	BeganAt   int64
	SeenAt    int64
}

// Factor is a person's second factor: codes of an app on a telephone. It counts once it was
// confirmed by a code.
type Factor struct {
	Who         string
	Secret      string // sealed
	ConfirmedAt int64  // 0: not yet
	Step        int64  // of the newest code that was used
	Recovery    string // hashes of the recovery codes that are left, with spaces between
	Version     int64
}

// Roles are all roles that people may have.
func Roles() []string {
	return []string{RoleAccountant, RoleCashier, RoleOperator, RoleAdmin, RoleAuditor}
}

// IsRole reports whether people may have a role of this name.
func IsRole(role string) bool { return slices.Contains(Roles(), role) }
