package vendorsim

import (
	"strings"

	"wattkiosk/payments/metercard"
)

// Description is that of the library at a path, for cards of one form: processor cards are
// told by their files, any others by what they say.
func Description(library string, form metercard.Form) string {
	read := readCard
	if form == metercard.CPU {
		read = readFiles
	}

	return strings.ReplaceAll(description, "@LIBRARY@", library) + read
}

const description = `library = "@LIBRARY@"

[op.status]
function = "EP_Status"
args = ["value"]
media = { 0 = "not-present", 1 = "in-gate", 2 = "present", 3 = "jammed" }

[op.accept]
function = "EP_Accept"

[op.refuse]
function = "EP_Refuse"

[op.eject]
function = "EP_Eject"

[op.capture]
function = "EP_Capture"

[[work.write]]
function = "EP_ReadCardNum"
args = ["same:serial"]
deadline = "5s"

[[work.write]]
function = "EP_WriteUserInfo"
args = ["'2'", "in:division", "in:serial", "in:purse"]
deadline = "20s"

[[work.write]]
function = "EP_WritePurse"
args = ["in:serial", "in:purse"]
deadline = "5s"

[error]
1000 = { is = "silent", text = "reader" }
1001 = { is = "no-card", text = "no card, or pulled out" }
1002 = { is = "mute", text = "the card does not answer" }
1003 = { is = "jam", text = "the card is stuck" }
1004 = { is = "bin-full", text = "the bin is full" }
1021 = { is = "argument", text = "arguments" }
1022 = { is = "refused", text = "the card does not prove itself, or has another count" }
1028 = { is = "other-card", text = "another card" }
1033 = { is = "mute", text = "the card cannot be read" }
1040 = { is = "protected", text = "a file was not written", unknown = true }
1045 = { is = "keys-away", text = "the encryption service does not answer" }
`

const readFiles = `
[[work.read]]
function = "EP_ReadCardNum"
args = ["out:serial"]
deadline = "5s"

[[work.read]]
function = "EP_ReadUserInfo"
args = ["in:serial", "out:param", "out:purse", "out:returned"]
deadline = "5s"
`

const readCard = `
[[work.read]]
function = "EP_ReadCard"
args = ["out:serial", "out:form", "out:kind", "out:meter", "out:customer", "out:count", "out:amount", "out:loaded", "out:left"]
deadline = "5s"
`
