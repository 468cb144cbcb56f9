# The fixed lines of a layer's docstring (Input, Output, ...) become a list.
s|^/// (Input\|Output\|Weights\|Training\|Statistics\|Throws\|Source)  +(.*)|/// - **\1**: \2|
