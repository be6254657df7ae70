# The container's health check: the version answers, and its database does. The image has neither curl nor wget.
exec 3<> "/dev/tcp/127.0.0.1/$PORT"
printf 'GET /health HTTP/1.0\r\n\r\n' >&3
grep -q '200 OK' <&3
