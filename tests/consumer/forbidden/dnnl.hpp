#pragma once
#error "a program that uses Graft has to compile without oneDNN's headers"
