package lockfile

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Take locks the file for this process alone until it is closed or the process
// ends, however it ends. It returns ErrTaken when another has it. The locked
// byte lies far beyond the end, because Windows forbids to write locked bytes.
func Take(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrTaken
	}
	return err
}
