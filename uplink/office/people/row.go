package people

// Roles of people.
const (
	RoleAccountant = "accountant" // reads, closes cases
	RoleCashier    = "cashier"    // reads, receives and remits cash
	RoleOperator   = "operator"   // and acts on postings
	RoleAdmin      = "admin"      // and manages people
	RoleAuditor    = "auditor"    // reads the audit log, and does nothing else
)

// User is a person who may log in.
type User struct {
	Name      string
	Hash      string // argon2id, encoded
	Role      string
	Disabled  bool
	CreatedAt int64
}

// Session is a login; Token is already hashed.
type Session struct {
	Token     string
	Data      []byte
	ExpiresAt int64
}
