//! errno to the code, message, syscall and path of Node's system errors.
