# The packages whose code runs once or waits for a person, for release/build.sh: in a release
# their functions are not inlined, which makes the binary 4 % smaller once it is compressed.
# The packages that read, compute and write are not among them.
hubdata=github.com/hubdata/hubdata
cold=(
  "$hubdata"/cmd/hubdata/internal/{app,convertcmd,democmd,exportcmd,filtercmd,foldscmd,importcmd,mergecmd,pseudocmd,showcmd}
  "$hubdata"/cmd/hubdata/internal/{checkcmd,statscmd,stitchcmd,submissioncmd,tilecmd,traincmd,viewcmd,viewcmd/page,reportcmd/...}
  "$hubdata"/cmd/hubdata/internal/{flags,formatlist,paint,placing,planfile,selection}
  "$hubdata"/formats/{asap,cvat,dsa,imagescope,labelstudio,ndpa,via,voc}
  "$hubdata"/internal/{htmlreport,loopback,plot} "$hubdata"/review "$hubdata"/mmdet/...
  crypto/tls crypto/x509 encoding/json encoding/xml html/... math/big net/... regexp/... text/...
  go.yaml.in/... golang.org/x/image/font/...
  github.com/schollz/... github.com/urfave/...
)
