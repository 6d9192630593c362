package ca

import (
	"fmt"
)

// RequestName is the kiosk that a certificate request is for. An error says what is wrong
// with the request: SignKiosk would not sign it for any kiosk.
func RequestName(csrPEM []byte) (string, error) {
	req, err := parseRequest(csrPEM)
	if err != nil {
		return "", err
	}
	if err := checkSubject(req, req.Subject.CommonName); err != nil {
		return "", err
	}
	if !isKiosk(req.Subject.CommonName) {
		return "", fmt.Errorf("common name %.80q is not a terminal number of %d digits", req.Subject.CommonName, kioskDigits)
	}

	return req.Subject.CommonName, nil
}
