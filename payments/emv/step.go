package emv

// Step is what the kernel wants next: Send, Choose, EnterPIN, GoOnline or End.
type Step interface{ step() }

// Send wants an APDU transmitted; answer with Answer, CardGone or Cancel. The bytes
// are the kernel's and hold only until then. The reader does GET RESPONSE and the
// repeat with the right Le by itself: Answer takes the last response.
type Send struct {
	Command Command
	APDU    Secret // at most MaxAPDU
}

// Choose wants the customer to choose an application, or to confirm the only one;
// answer with Choose, CardGone or Cancel. They are sorted by the card's preference.
type Choose struct{ Applications []Candidate }

// Candidate is an application that both the card and the terminal know.
type Candidate struct {
	AID      []byte
	Label    string // printable ASCII, at most 16; may be empty
	Priority int    // 1 is the first; 0 = the card has none
	Confirm  bool   // must not be taken without the customer
}

// EnterPIN wants the PIN entered on the pad, for the PIN block of the message to the
// bank; answer with PIN, CardGone or Cancel. The PAN is the kernel's until Wipe.
type EnterPIN struct{ PAN Secret }

// GoOnline wants the bank asked; answer with Bank, whatever happens. Everything in it
// is the kernel's until Wipe.
type GoOnline struct {
	Card    Card
	Field55 Secret
	PIN     bool // a PIN was entered
}

// End is the end; Outcome says which. Every further call returns it again.
type End struct{ Outcome Outcome }

func (Send) step()     {}
func (Choose) step()   {}
func (EnterPIN) step() {}
func (GoOnline) step() {}
func (End) step()      {}

// Command names an APDU of the kernel's.
type Command int

// The commands.
const (
	SelectDirectory Command = iota + 1 // SELECT 1PAY.SYS.DDF01
	ReadDirectory
	SelectListed // SELECT of the terminal's list
	SelectApplication
	GetProcessingOptions
	ReadRecord
	FirstGenerateAC
	ExternalAuthenticate
	ScriptBefore // a command of script 71
	SecondGenerateAC
	ScriptAfter // a command of script 72
)

// String names the command.
func (c Command) String() string {
	names := [...]string{
		"", "select-directory", "read-directory", "select-listed", "select-application", "get-processing-options", "read-record",
		"first-generate-ac", "external-authenticate", "script-before", "second-generate-ac", "script-after",
	}
	if c < 1 || int(c) >= len(names) {
		return "command"
	}

	return names[c]
}

// PINResult is how the entry of a PIN ended.
type PINResult int

// The results. A customer who gives up is a Cancel.
const (
	PINEntered PINResult = iota + 1
	PINSkipped           // confirmed without digits, as holders of credit cards without a PIN do
	PINPadOut            // the pad does not work
)

// Verdict is what the bank said.
type Verdict int

// The verdicts. The zero value is Unreached's: nothing was heard.
const (
	BankUnreached Verdict = iota // no answer, or one that cannot be believed
	BankApproved
	BankRefused
)

// BankAnswer is the bank's answer to GoOnline.
type BankAnswer struct {
	Verdict Verdict
	Code    [2]byte // field 39, ASCII; unused when unreached
	Field55 Secret  // field 55 of the answer, may be empty; copied
}
