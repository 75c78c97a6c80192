"""Gives the scripts of tlsfuzzer the cipher suites that are spoken here.

Most scripts for TLS 1.2 offer ephemeral key exchange with AES-128-CBC and nothing else, though what they test (lengths, order,
alerts, extensions) has nothing to do with CBC. Ours speak authenticated encryption only (RFC 9325 section 4.2). So here the names of
those suites get the number of one that we speak, for the key that the server has, before a script reads them. Whatever tests CBC itself
is listed as not applicable. Python loads this module by itself from the module path.
"""

import os
import sys

from tlslite.constants import CipherSuite, ExtensionType, SignatureScheme
from tlslite.extensions import SignatureAlgorithmsExtension
from tlsfuzzer import helpers
from tlsfuzzer.expect import ExpectServerHello

KEY = os.environ["SERVER_KEY"]


def about(*words):
    """Whether the script has one of these in its name."""
    return any(word in os.path.basename(sys.argv[0]) for word in words)


SPOKEN = {
    "rsa": CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    "ec": CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
}[KEY]
LONGER = {
    "rsa": CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    "ec": CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
}[KEY]
CHACHA = {
    "rsa": CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    "ec": CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
}[KEY]

for kind in ("RSA", "ECDSA"):
    for name, suite in (
        ("AES_128_CBC_SHA", SPOKEN),
        ("AES_128_CBC_SHA256", SPOKEN),
        ("AES_256_CBC_SHA", LONGER),
        ("AES_256_CBC_SHA384", LONGER),
        ("AES_128_GCM_SHA256", SPOKEN),
        ("AES_256_GCM_SHA384", LONGER),
        ("CHACHA20_POLY1305_SHA256", CHACHA),
    ):
        setattr(CipherSuite, f"TLS_ECDHE_{kind}_WITH_{name}", suite)

if KEY == "ec":
    # Scripts that offer the signatures of RSA alone mean: whatever the server has.
    helpers.RSA_SIG_ALL = helpers.SIG_ALL

    # The same where a script names them one by one; the last of them gives way, so that no length is another. Scripts about signatures
    # know better.
    create = SignatureAlgorithmsExtension.create

    def with_ours(self, schemes):
        ours = SignatureScheme.ecdsa_secp256r1_sha256
        if about("sig", "ecdsa"):
            return create(self, schemes)
        return create(self, list(schemes[:-1]) + [ours] if schemes and ours not in schemes else schemes)

    SignatureAlgorithmsExtension.create = with_ours

# Ours never tell their point formats, of which there is but one left (RFC 8422 section 5.1.2). test-point-extension.py holds them to that;
# all others are to go on without.
begin = ExpectServerHello.__init__


def without_point_formats(self, extensions=None, *rest, **named):
    if extensions and not about("point-extension"):
        extensions = {kind: one for kind, one in extensions.items() if kind != ExtensionType.ec_point_formats}
    begin(self, extensions, *rest, **named)


ExpectServerHello.__init__ = without_point_formats
