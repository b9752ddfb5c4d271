"""A second, deliberately plain implementation of the contract, to check the product against.

Lines go in (`reading`), become facts (`heartbeats`, `attribution`), are counted (`metrics`) and answered in
the shapes a panel asks for (`shapes`). `documents` and `answers` let the same GraphQL document be put to it and
to the product. It favours being obviously right over being fast, and shares no code with the product.
"""
