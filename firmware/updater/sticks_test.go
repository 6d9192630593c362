package updater

import "wattkiosk/ota/usb"

type fakeSticks struct{ events chan usb.Event }

func (f *fakeSticks) Events() <-chan usb.Event { return f.events }
func (f *fakeSticks) Mount(string, bool) (string, func() error, error) {
	return "", nil, usb.ErrFileSystem
}
